"""The history of one monitor: its checks with their evidence, its incidents and its pings."""

from datetime import UTC, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Response, request

from domain.evaluation.outcome import Outcome
from domain.permissions import Permission
from server.identity.principal import Call
from server.resources import archived
from services.analytics import check_log
from services.errors import NotFound
from services.heartbeats import pings as ping_log
from services.incidents import history as incident_history
from services.incidents.search import IncidentFilter
from services.pagination import PageRequest
from web import preferences
from web.monitors import check_filters, heading, waterfall
from web.monitors.check_filters import CheckFilters
from web.rendering import page_url, render
from web.routes.monitors.blueprint import pages
from web.routes.monitors.show import found

_LIMIT = 50


@pages.page("/monitors/<uuid:monitor_id>/checks", permission=Permission.MONITOR_READ)
def checks(call: Call, monitor_id: UUID) -> Response:
    """List checks, newest first, narrowed by outcome, region and day."""
    view = found(call, monitor_id)
    zone = ZoneInfo(preferences.current().zone_name)
    filters = CheckFilters.read(request.args, view.regions)
    page = check_log.page(
        call.session,
        view.monitor,
        filters.wanted(zone),
        PageRequest(limit=_LIMIT, cursor=request.args.get("cursor") or None),
        now=call.now,
        archived=archived(),
    )
    return render(
        "monitors/checks.html",
        call,
        active="monitors",
        about=[view.monitor.project_id],
        top=heading.of(call, view),
        checks=page.items,
        filters=filters,
        chips=check_filters.chips(filters, monitor_id),
        regions=check_filters.regions(view.regions),
        path=page_url("monitors.checks", monitor_id=monitor_id),
        is_first_page="cursor" not in request.args,
        following=filters.following(monitor_id, page.next_cursor),
    )


@pages.page(
    "/monitors/<uuid:monitor_id>/checks/<string:slot>/<string:region>",
    permission=Permission.MONITOR_READ,
)
def show_check(call: Call, monitor_id: UUID, slot: str, region: str) -> Response:
    """Show the check of a second in a region, with the evidence of its failure."""
    view = found(call, monitor_id)
    try:
        moment = datetime.fromtimestamp(int(slot), UTC)
    except (OverflowError, ValueError, OSError) as error:
        raise NotFound("check") from error
    check = check_log.find(call.session, view.monitor, moment, region=region, archived=archived())
    return render(
        "monitors/check.html",
        call,
        active="monitors",
        about=[view.monitor.project_id],
        monitor=view.monitor,
        check=check,
        phases=waterfall.of_timings(check.timings, failed=check.outcome is Outcome.DOWN),
    )


@pages.page("/monitors/<uuid:monitor_id>/incidents", permission=Permission.INCIDENT_READ)
def incidents(call: Call, monitor_id: UUID) -> Response:
    """List the incidents of a monitor, newest first."""
    view = found(call, monitor_id)
    page = incident_history.page(
        call.session,
        call.organization_id,
        IncidentFilter(),
        PageRequest(limit=_LIMIT, cursor=request.args.get("cursor") or None),
        monitor=view.monitor,
    )
    return render(
        "monitors/incidents.html",
        call,
        active="monitors",
        about=[view.monitor.project_id],
        top=heading.of(call, view),
        incidents=[each.incident for each in page.items],
        now=call.now,
        is_first_page="cursor" not in request.args,
        path=page_url("monitors.incidents", monitor_id=monitor_id),
        following=_following("monitors.incidents", monitor_id, page.next_cursor),
    )


@pages.page("/monitors/<uuid:monitor_id>/pings", permission=Permission.MONITOR_READ)
def pings(call: Call, monitor_id: UUID) -> Response:
    """List the last pings of a heartbeat, newest first."""
    view = found(call, monitor_id)
    page = ping_log.page(
        call.session,
        view.monitor,
        PageRequest(limit=_LIMIT, cursor=request.args.get("cursor") or None),
    )
    return render(
        "monitors/pings.html",
        call,
        active="monitors",
        about=[view.monitor.project_id],
        top=heading.of(call, view),
        pings=page.items,
        most=ping_log.KEPT,
        is_first_page="cursor" not in request.args,
        path=page_url("monitors.pings", monitor_id=monitor_id),
        following=_following("monitors.pings", monitor_id, page.next_cursor),
    )


def _following(endpoint: str, monitor_id: UUID, cursor: str | None) -> str:
    return "" if cursor is None else page_url(endpoint, monitor_id=monitor_id, cursor=cursor)
