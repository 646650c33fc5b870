"""The search in the checks of all monitors."""

from flask import Response, request

from domain.permissions import Permission
from server.identity.principal import Call
from server.resources import searched
from services.errors import Invalid
from services.pagination import Page
from services.schedules import regions
from services.search import checks as check_search
from services.search import counts as check_counts
from services.search.checks import Found
from services.time_range import Window
from web.checks import chart, listing
from web.checks.listing import ListQuery
from web.monitors import check_filters
from web.monitors.latency import Chart
from web.refusals import in_words
from web.rendering import render
from web.routing import Pages
from web.typed import spans

pages = Pages("checks")


@pages.page("/checks", permission=Permission.MONITOR_READ)
def index(call: Call) -> Response:
    names = sorted(regions.names(call.session).values())
    asked = listing.read_query(request.args, names)
    found, counts, refused = _search(call, asked)
    return render(
        "checks/list.html",
        call,
        active="checks",
        asked=asked,
        found=found,
        counts=counts,
        refused=refused,
        chips=listing.chips(asked),
        causes=listing.causes(),
        regions=check_filters.regions(names),
        spans=spans.choices_of_checks(),
    )


def _search(call: Call, asked: ListQuery) -> tuple[Page[Found], Chart | None, str]:
    """Return a page of checks, their counts if these can be had, and why there is neither."""
    try:
        window = asked.window(now=call.now)
        found = check_search.page(
            call.session,
            call.organization_id,
            asked.search(),
            window,
            asked.page,
            searched=searched(),
        )
    except Invalid as refusal:
        if "cursor" in refusal.problems:
            raise
        return Page((), None), None, in_words(refusal)
    return found, None if asked.cursor else _counts(call, asked, window), ""


def _counts(call: Call, asked: ListQuery, window: Window) -> Chart | None:
    step = asked.step(now=call.now)
    try:
        buckets = check_counts.counts(
            call.session,
            call.organization_id,
            asked.search(),
            window,
            step=step,
            searched=searched(),
        )
    except Invalid:
        return None
    return chart.of_counts(buckets, window, step)
