"""One monitor: its state, its history, who is notified, and how it is set up."""

from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Response, request

from domain.permissions import Permission
from server.identity.principal import Call
from server.resources import resources
from services.credentials import test_runs
from services.heartbeats import heartbeats
from services.incidents import history as incident_history
from services.monitors import views as monitor_views
from services.monitors.views import MonitorView
from web import preferences
from web.monitors import commands, configuration, heading, notified, overview, ranges
from web.rendering import page_url, render
from web.routes.monitors.blueprint import pages


@pages.page("/monitors/<uuid:monitor_id>", permission=Permission.MONITOR_READ, live=True)
def show(call: Call, monitor_id: UUID) -> Response:
    """Show the overview of a monitor, over the span of time that the address names."""
    view = found(call, monitor_id)
    zone = ZoneInfo(preferences.current().zone_name)
    seen = overview.of(call, view, request.args, zone)
    escalation = notified.policy(call, view)
    incidents = incident_history.open_of(call.session, call.organization_id, [view.monitor.id])
    incident = incidents.get(view.monitor.id)
    return render(
        "monitors/show.html",
        call,
        active="monitors",
        about=[view.monitor.project_id],
        top=heading.of(call, view),
        seen=seen,
        ranges=_ranges(monitor_id, seen),
        now=call.now,
        here=page_url("monitors.show", monitor_id=monitor_id, **seen.range.query),
        incident=incident,
        escalation=escalation,
        notified=notified.lines(call, view, escalation),
        last_delivery=notified.last_delivery(call, view),
        test_run=test_runs.last(call.session, view.monitor, now=call.now),
        configuration=configuration.lines(call, view),
        settings=configuration.settings(view),
        pinging=_pinging(view),
    )


def found(call: Call, monitor_id: UUID) -> MonitorView:
    """Return a monitor as it is now, with its ping token for those who may change it."""
    view = monitor_views.find(call.session, call.organization_id, monitor_id)
    (view,) = monitor_views.at(call.session, [view], now=call.now)
    if Permission.MONITOR_WRITE not in call.principal.access.over(view.monitor.project_id):
        return view
    (view,) = monitor_views.with_ping_tokens(call.session, [view], ring=resources().ring)
    return view


def _ranges(monitor_id: UUID, seen: overview.Overview) -> list[dict[str, str]]:
    custom = {"from": seen.range.first.isoformat(), "to": seen.range.last.isoformat()}
    return [
        {
            "value": name,
            "label": label,
            "href": page_url(
                "monitors.show",
                monitor_id=monitor_id,
                range=name,
                **(custom if name == ranges.CUSTOM else {}),
            ),
        }
        for name, label in ranges.labels()
    ]


def _pinging(view: MonitorView) -> dict[str, object]:
    """Return how the job of a heartbeat reports, for those who may see its ping address."""
    if view.ping_token is None:
        return {"url": "", "commands": ()}
    url = commands.ping_url(view.ping_token)
    return {
        "url": url,
        "commands": commands.of(url, heartbeats.settings_of(view.monitor)),
    }
