"""Saved views of the list of monitors: what a member searched, under a name."""

from urllib.parse import parse_qsl
from uuid import UUID

from flask import Response, request
from werkzeug.datastructures import MultiDict

from domain.permissions import Permission
from server.identity.principal import Call
from services.monitors.listing import saved_views
from web.forms import EMPTY, Form
from web.monitors.lists.address import ListAddress
from web.rendering import render, see
from web.routes.monitors.blueprint import pages

_MOST_FIELDS = 50


@pages.page("/monitors/views", permission=Permission.MONITOR_READ)
def saved(call: Call, form: Form = EMPTY) -> Response:
    """List the views of the reader, each with the button that deletes it."""
    return render(
        "monitors/views.html",
        call,
        active="monitors",
        form=form,
        saved=saved_views.of_member(call.session, call.organization_id, call.principal.user_id),
    )


@pages.action("/monitors/views", permission=Permission.PROFILE_WRITE, again=saved)
def save_view(call: Call) -> Response:
    """Keep what an address narrows, as far as it makes sense for the list."""
    address = _address(request.form.get("query", ""))
    saved_views.create(
        call.session,
        call.organization_id,
        call.principal.user_id,
        name=request.form.get("name", "").strip(),
        query=address.query(),
        now=call.now,
    )
    fields = MultiDict(parse_qsl(address.query()))
    return see("monitors.index", notice="view-saved", **fields.to_dict(flat=False))


@pages.action("/monitors/views/<uuid:view_id>/delete", permission=Permission.PROFILE_WRITE)
def delete_view(call: Call, view_id: UUID) -> Response:
    saved_views.delete(call.session, call.organization_id, call.principal.user_id, view_id)
    return see("monitors.saved", notice="view-deleted")


def _address(query: str) -> ListAddress:
    try:
        return ListAddress.read(MultiDict(parse_qsl(query, max_num_fields=_MOST_FIELDS)))
    except ValueError:
        return ListAddress()
