"""The list of monitors, as rows with their history or as tiles with their states."""

from collections.abc import Mapping
from dataclasses import replace

from flask import Response, request

from domain.evaluation.display_status import DisplayStatus
from domain.permissions import Permission
from server.identity.principal import Call
from services.errors import Invalid
from services.monitors.listing import lists as monitor_lists
from services.monitors.listing import saved_views
from services.monitors.views import MonitorView
from services.pagination import Page, PageRequest
from web import kept_counts
from web.forms import EMPTY, Form
from web.monitors.lists import acts, narrowing, rows
from web.monitors.lists.address import TILES, ListAddress
from web.rendering import render
from web.routes.monitors.blueprint import pages


@pages.page("/monitors", permission=Permission.MONITOR_READ, live=True)
def index(call: Call, form: Form = EMPTY) -> Response:
    """Show what needs attention first, 50 monitors a page, or 500 as tiles."""
    address = ListAddress.read(request.values)
    address, found = _found(call, address)
    counts = _counts(call, address)
    facets = kept_counts.facets(call)
    is_tiles = address.view == TILES
    return render(
        "monitors/list.html",
        call,
        active="monitors",
        form=form,
        address=address,
        items=rows.tiles(found.items) if is_tiles else rows.rows(call, found.items),
        is_tiles=is_tiles,
        chips=narrowing.chips(address, counts),
        selects=narrowing.selects(address, facets),
        chosen=narrowing.chosen(address, facets),
        views=narrowing.views(address),
        place=narrowing.place(address, len(found.items), counts),
        matching=sum(counts.values()),
        following=narrowing.following(address, found.next_cursor, len(found.items)),
        is_empty=not facets.kinds,
        acts=acts.offered(call.principal.permissions),
        saved=saved_views.of_member(call.session, call.organization_id, call.principal.user_id),
    )


def _counts(call: Call, address: ListAddress) -> Mapping[DisplayStatus, int]:
    """Count the monitors by status that the list would show without its filter of states."""
    if not address.is_narrowed_beyond_states:
        return kept_counts.by_status(call).numbers
    return monitor_lists.count_by_status(
        call.session, call.organization_id, address.filter(), now=call.now
    )


def _found(call: Call, address: ListAddress) -> tuple[ListAddress, Page[MonitorView]]:
    """Read a page. A cursor of another order begins again at the first page."""
    wanted = address.filter()
    page = PageRequest(limit=address.limit, cursor=address.cursor or None)
    try:
        return address, monitor_lists.page_of_states(
            call.session, call.organization_id, wanted, page, now=call.now
        )
    except Invalid:
        first = replace(address, cursor="", place=0)
        page = PageRequest(limit=address.limit)
        return first, monitor_lists.page_of_states(
            call.session, call.organization_id, wanted, page, now=call.now
        )
