"""Monitors as rows and tiles of a list."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from zoneinfo import ZoneInfo

from markupsafe import Markup

from domain.evaluation import heartbeat
from domain.evaluation.display_status import DisplayStatus
from models import Incident
from server.identity.principal import Call
from services.analytics import bars, latency_series
from services.incidents import history as incident_history
from services.monitors.views import MonitorView
from web import findings, formats, preferences, words
from web.monitors import days, heading
from web.rendering import page_url
from web.translations import gettext as _

Item = Mapping[str, object]


def tiles(views: Sequence[MonitorView]) -> list[Item]:
    """Return monitors as tiles: their names and states."""
    return [_base(view) for view in views]


def rows(call: Call, views: Sequence[MonitorView]) -> list[Item]:
    """Return monitors as rows with their history, with a constant number of queries."""
    monitors = [view.monitor for view in views]
    ids = [each.id for each in monitors]
    past = bars.of_monitors(
        call.session, call.organization_id, monitors, zone=_zone(), now=call.now
    )
    lines = latency_series.sparklines(call.session, call.organization_id, ids, now=call.now)
    causes = incident_history.open_of(call.session, call.organization_id, ids)
    return [
        {
            **_base(view),
            "under": _under(view, causes.get(view.monitor.id)),
            "tags": view.monitor.tags,
            "days": past[view.monitor.id],
            "uptime": days.total(past[view.monitor.id]),
            "points": lines[view.monitor.id],
            **_latency(lines[view.monitor.id]),
            "checked": _checked(call, view),
        }
        for view in views
    ]


def until(view: MonitorView) -> Markup | str:
    """Return until when the maintenance of a monitor lasts, if it is in one."""
    if view.display_status is not DisplayStatus.MAINTENANCE or view.maintenance_until is None:
        return ""
    return Markup.escape(_("until %(moment)s")) % {"moment": formats.lately(view.maintenance_until)}


def _base(view: MonitorView) -> dict[str, object]:
    status = view.display_status
    return {
        "id": view.monitor.public_id,
        "href": page_url("monitors.show", monitor_id=view.monitor.public_id),
        "name": view.monitor.name,
        "state": status.value,
        "since": None if status is DisplayStatus.MAINTENANCE else view.state.since,
        "until": until(view),
    }


def _under(view: MonitorView, incident: Incident | None) -> str:
    if incident is not None:
        return findings.in_words(incident.detail, incident.cause.word)
    if view.monitor.kind == heartbeat.KIND:
        return words.kind(view.monitor.kind)
    return view.monitor.url


def _checked(call: Call, view: MonitorView) -> str:
    moment = heading.checked_at(view)
    if moment is None:
        return ""
    length = formats.about(max(timedelta(), call.now - moment))
    return _("%(length)s ago") % {"length": length}


def _last(points: Sequence[float | None]) -> float | None:
    return next((each for each in reversed(points) if each is not None), None)


def _latency(points: Sequence[float | None]) -> Item:
    """Return the latest latency, or why there is none."""
    last = _last(points)
    if last is None:
        return {"latency": "", "no_latency": _("No check succeeded in 24 hours")}
    return {"latency": formats.milliseconds(last)}


def _zone() -> ZoneInfo:
    return ZoneInfo(preferences.current().zone_name)
