"""The daily metrics of an export: by monitor and day, as the API computes them."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models import Incident, Monitor
from services.analytics import latency, uptime
from services.exports.documents import Row
from services.exports.sources import Page, Position, Scope, monitors_from, share_of_monitors
from services.time_range import Window

_PAGE_DAYS = 31
_DAY = timedelta(days=1)


def page(session: Session, scope: Scope, after: Position | None, *, now: datetime) -> Page:
    first = after["monitor"] if after else 0
    found = monitors_from(session, scope, first, limit=2)
    if not found:
        return Page((), None, 1.0)
    monitor, *others = found
    # If the monitor was deleted since the last page, the next one starts with its first day.
    goes_on = after is not None and monitor.id == after["monitor"]
    begun = int(after["day"]) if after and goes_on else 0
    days = list(_days(scope.window))
    rows = [
        row
        for window in days[begun : begun + _PAGE_DAYS]
        if (row := _row(session, monitor, window, now=now)) is not None
    ]
    done = begun + _PAGE_DAYS
    if done < len(days):
        place = {"monitor": monitor.id, "day": done}
    elif others:
        place = {"monitor": others[0].id, "day": 0}
    else:
        return Page(rows, None, 1.0)
    share = place["day"] / len(days)
    return Page(rows, place, share_of_monitors(session, scope, place["monitor"], begun=share))


def _days(window: Window) -> Iterator[Window]:
    """Split the window at each midnight (UTC)."""
    start = window.start.astimezone(UTC)
    while start < window.end:
        midnight = start.replace(hour=0, minute=0, second=0, microsecond=0) + _DAY
        yield Window(start, min(midnight, window.end))
        start = midnight


def _row(session: Session, monitor: Monitor, window: Window, *, now: datetime) -> Row | None:
    """Return the metrics of a day, or None if the monitor was not monitored on it."""
    measured = uptime.of_monitor(session, monitor, window, now=now)
    if not measured.monitored:
        return None
    speed = latency.of_monitor(session, monitor, window)
    return {
        "monitor_id": str(monitor.public_id),
        "monitor_name": monitor.name,
        "date": window.start.astimezone(UTC).date(),
        "monitored_seconds": round(measured.monitored, 3),
        "up_seconds": round(measured.up, 3),
        "down_seconds": round(measured.down, 3),
        "unknown_seconds": round(measured.unknown, 3),
        "maintenance_seconds": round(measured.maintenance, 3),
        "availability_percent": measured.percent,
        "incidents_started": _started(session, monitor, window),
        "checks_passed": speed.count,
        "latency_avg_ms": speed.avg,
        "latency_p50_ms": speed.p50,
        "latency_p95_ms": speed.p95,
        "latency_p99_ms": speed.p99,
    }


def _started(session: Session, monitor: Monitor, window: Window) -> int:
    return session.execute(
        select(func.count()).where(
            Incident.organization_id == monitor.organization_id,
            Incident.monitor_id == monitor.id,
            Incident.started_at >= window.start,
            Incident.started_at < window.end,
        )
    ).scalar_one()
