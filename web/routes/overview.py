"""The first page after a login: what is wrong now, and the first steps of a new organization."""

from flask import Response, request

from domain.permissions import Permission
from server.identity.principal import Call
from services.permissions import require
from web.forms import EMPTY, Form
from web.overview import first
from web.overview import page as overview_page
from web.rendering import render, see
from web.routing import Pages
from web.translations import marked

pages = Pages(
    "overview",
    notices={
        "acknowledged": marked("You acknowledged the incident. Its escalation has stopped."),
        "created": marked("The monitor was created. Its first check is under way."),
    },
)


@pages.page("/", permission=Permission.MONITOR_READ, live=True)
def show(call: Call, form: Form = EMPTY) -> Response:
    return render(
        "overview/show.html",
        call,
        active="overview",
        page=overview_page.of(call),
        first=first.of(call),
        form=form,
    )


@pages.action("/first", permission=Permission.MONITOR_WRITE, again=show)
def watch(call: Call) -> Response:
    """Watch the first address."""
    require(call.principal.permissions, Permission.CONTACT_WRITE)
    first.watch(call, request.form.get("address", ""))
    return see("overview.show", notice="created")
