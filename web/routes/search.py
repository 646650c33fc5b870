"""The search across the organization. The command palette shows the same results."""

from flask import Response, request

from domain.permissions import Permission
from server.identity.principal import Call
from services.monitors import search
from services.monitors.search import Found
from web.rendering import render
from web.routing import Pages
from web.search import places
from web.typed.fields import searched

pages = Pages("search")

_MOST = 10
_MOST_OF_A_KIND = 5


@pages.page("/search", permission=Permission.MONITOR_READ)
def show(call: Call) -> Response:
    q = searched(request.args.get("q", ""))
    found = Found((), (), ())
    if q:
        found = search.find(
            call.session, call.organization_id, q, limit=_MOST_OF_A_KIND, now=call.now
        )
    return render(
        "search/show.html",
        call,
        q=q,
        found=found,
        places=places.like(q, call.principal.permissions),
        most=_MOST,
    )
