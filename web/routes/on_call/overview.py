"""Who is on duty now and in a week, the reader's own shifts, and who would be notified."""

from datetime import datetime, timedelta
from uuid import UUID

from flask import Response, request

from domain.evaluation.state import Severity
from domain.permissions import Permission
from domain.wall_clock import reached, shown
from models import EscalationPolicy, Monitor
from server.identity.principal import Call
from server.request.headers import PAGE_POLICY
from services import lookup
from services.accounts import accounts
from services.alerting import forecast as forecasts
from services.alerting.forecast import Forecast
from services.errors import NotFound
from services.monitors.listing import lists as monitor_lists
from services.monitors.listing.lists import MonitorFilter
from services.on_call import complexity, duties
from services.on_call import views as on_call_views
from services.on_call.duties import Duties
from services.pagination import PageRequest
from web.on_call import calendar_file, duty_week, schedule_draft
from web.on_call import week as weeks
from web.preferences import current
from web.rendering import render
from web.routes.on_call import schedules
from web.routing import Pages
from web.typed.fields import local_time, searched

pages = Pages("on-call", notices=schedules.pages.notices)

_SCHEDULES_OF_A_PAGE = 10
_MOST_POLICIES = 500
_MONITORS_FOUND = 10
_SHIFTS_AHEAD = timedelta(days=30)


@pages.page("/on-call", permission=Permission.ESCALATION_READ)
def index(call: Call) -> Response:
    """Show each schedule with who is on duty, and a week."""
    cursor, week = request.args.get("cursor"), request.args.get("week", "")
    page = on_call_views.page(
        call.session,
        call.organization_id,
        PageRequest(limit=_SCHEDULES_OF_A_PAGE, cursor=cursor),
    )
    several = [view.schedule for view in page.items]
    shown, left_out = complexity.within(call.session, several)
    return render(
        "on_call/index.html",
        call,
        active="on-call",
        page=page,
        cursor=cursor,
        duties=[duty_week.of(call, each, week) for each in shown],
        left_out=left_out,
        week=weeks.asked(week, call.now, current().zone),
        asked=week,
    )


@pages.page("/on-call/me", permission=Permission.ESCALATION_READ)
def mine(call: Call) -> Response:
    """Show when the reader is on duty, by the contacts with the reader's email address."""
    user = accounts.profile(call.session, call.organization_id, call.principal.user_id).user
    contacts = duties.contacts_of(call.session, call.organization_id, user.email)
    return render(
        "on_call/mine.html",
        call,
        active="on-call",
        contacts=contacts,
        duties=_own_duties(call),
        now=call.now,
    )


@pages.page("/on-call/me.ics", permission=Permission.ESCALATION_READ)
def calendar(call: Call) -> Response:
    """Hand out the reader's shifts as a calendar file."""
    text = calendar_file.written(_own_duties(call).items, now=call.now)
    headers = {
        "Content-Disposition": 'attachment; filename="on-call.ics"',
        "Content-Security-Policy": PAGE_POLICY,
    }
    return Response(text, mimetype="text/calendar", headers=headers)


@pages.page("/on-call/forecast", permission=Permission.ESCALATION_READ)
def forecast(call: Call) -> Response:
    """Show who would be notified of an outage at a moment. Nothing is sent."""
    monitor, policy = _asked_monitor(call), _asked_policy(call)
    text = searched(request.args.get("q", ""))
    named = request.args.get("severity", "")
    severity = Severity.DEGRADED if named == Severity.DEGRADED else Severity.DOWN
    at = _asked_moment(call)
    policies = lookup.by_name(
        call.session, EscalationPolicy, call.organization_id, most=_MOST_POLICIES
    )
    return render(
        "on_call/forecast.html",
        call,
        active="on-call",
        monitor=monitor,
        policy=policy,
        found=[] if monitor or not text else _found_monitors(call, text),
        text=text,
        at=at,
        at_text=schedule_draft.local(shown(at, current().zone)),
        severity=severity.value,
        policies=[(str(each), name) for each, name in policies.items()],
        forecast=_forecast(call, monitor, policy, severity, at),
    )


def _own_duties(call: Call) -> Duties:
    user = accounts.profile(call.session, call.organization_id, call.principal.user_id).user
    contacts = duties.contacts_of(call.session, call.organization_id, user.email)
    return duties.of(
        call.session,
        call.organization_id,
        contacts,
        start=call.now,
        end=call.now + _SHIFTS_AHEAD,
    )


def _forecast(
    call: Call,
    monitor: Monitor | None,
    policy: EscalationPolicy | None,
    severity: Severity,
    at: datetime,
) -> Forecast | None:
    if monitor is not None:
        return forecasts.of_monitor(call.session, monitor, severity, at=at)
    return forecasts.of_policy(call.session, policy, severity, at=at) if policy else None


def _asked_monitor(call: Call) -> Monitor | None:
    named = _asked_id("monitor")
    if named is None:
        return None
    monitor = lookup.find(call.session, Monitor, call.organization_id, named, "monitor")
    if monitor.deleted_at is not None:
        raise NotFound("monitor")
    return monitor


def _asked_policy(call: Call) -> EscalationPolicy | None:
    named = _asked_id("policy")
    if named is None:
        return None
    return lookup.find(
        call.session, EscalationPolicy, call.organization_id, named, "escalation policy"
    )


def _asked_id(name: str) -> UUID | None:
    text = request.args.get(name, "")
    if not text:
        return None
    try:
        return UUID(text)
    except ValueError as error:
        raise NotFound(name) from error


def _asked_moment(call: Call) -> datetime:
    """Return the moment that the reader's clock was given, or else now."""
    given = local_time(request.args.get("at", ""))
    return call.now if given is None else reached(given, current().zone)


def _found_monitors(call: Call, text: str) -> list[Monitor]:
    page = monitor_lists.page(
        call.session,
        call.organization_id,
        MonitorFilter(q=text, order="name"),
        PageRequest(limit=_MONITORS_FOUND),
        now=call.now,
    )
    return [view.monitor for view in page.items]
