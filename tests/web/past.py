"""Monitors with a random past: outages, degraded and unknown times, maintenance, pauses, other intervals."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from sqlalchemy import Connection
from sqlalchemy.orm import Session

from domain.evaluation.state import Severity
from domain.permissions import PERMISSIONS, Role
from models import BlindSpan, Monitor
from models.session import database_now
from services.maintenance import windows as maintenance_windows
from services.maintenance.windows import WindowValues
from services.monitors import lifecycle, monitors
from services.monitors import views as monitor_views
from tests.factories import monitors as make

_CLOCK = """
    CREATE SCHEMA other_clock;
    CREATE FUNCTION other_clock.clock_timestamp() RETURNS timestamptz LANGUAGE sql
        AS $$ SELECT CAST('{moment}' AS timestamptz) $$;
    SET LOCAL search_path = other_clock, pg_catalog, public;
"""


def set_clock(connection: Connection, now: datetime) -> None:
    """Let the clock of the database stand still at a time, until this transaction is undone."""
    connection.exec_driver_sql(_CLOCK.format(moment=now.isoformat()))


def monitor(session: Session, organization_id: int, random: Random, name: str) -> Monitor:
    """Make a monitor that was watched for some weeks."""
    now = database_now(session)
    begin = now - timedelta(days=random.randint(15, 80), seconds=random.randrange(86_400))
    made = make.monitor(session, organization_id, now=begin, name=name)
    edges = iter(_edges(random, begin, now))
    for started, ended in zip(edges, edges, strict=False):
        _happen(session, made, random, started, ended)
    if random.random() < 0.5:
        make.incident(session, made, started_at=now - timedelta(minutes=random.randint(1, 900)))
    # What is unknown may be so in the middle of anything else.
    for started, ended in _pairs(random, begin, now, 3):
        _blind(session, made, started, ended)
    session.flush()
    return made


def _edges(random: Random, begin: datetime, now: datetime) -> list[datetime]:
    length = int((now - begin).total_seconds())
    moments = sorted(random.sample(range(3600, length), 16))
    return [begin + timedelta(seconds=each) for each in moments]


def _pairs(
    random: Random, begin: datetime, now: datetime, count: int
) -> Iterator[tuple[datetime, datetime]]:
    edges = iter(_edges(random, begin, now)[: 2 * count])
    yield from zip(edges, edges, strict=True)


def around(day: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Return when a local day begins and ends."""
    start = day.replace(tzinfo=zone)
    return start.astimezone(UTC), (start + timedelta(days=1)).astimezone(UTC)


def _happen(
    session: Session, of: Monitor, random: Random, started: datetime, ended: datetime
) -> None:
    match random.choice(["down", "down", "degraded", "maintenance", "paused", "interval"]):
        case "maintenance":
            _plan(session, of, started, ended)
        case "paused":
            view = monitor_views.find_locked(session, of.organization_id, of.public_id)
            lifecycle.pause(session, view, now=started)
            monitors.resume(session, of.organization_id, of.public_id, now=ended)
        case "interval":
            seconds = {"interval_seconds": random.choice([20, 45, 60, 300])}
            own = PERMISSIONS[Role.OWNER]
            monitors.change(
                session, of.organization_id, of.public_id, seconds, now=started, own=own
            )
        case severity:
            incident = make.incident(session, of, started_at=started, ended_at=ended)
            incident.severity = Severity(severity)


def _plan(session: Session, of: Monitor, started: datetime, ended: datetime) -> None:
    lasts = min(ended - started, timedelta(hours=12))
    values = WindowValues(
        name="Deploy",
        local_start=started.replace(tzinfo=None),
        duration_seconds=max(60, int(lasts.total_seconds())),
        monitor_ids=[of.public_id],
    )
    maintenance_windows.create(session, of.organization_id, values, now=started)


def _blind(session: Session, of: Monitor, started: datetime, ended: datetime) -> None:
    low, high = int(started.timestamp()), int(ended.timestamp())
    session.add(
        BlindSpan(
            monitor_id=of.id,
            organization_id=of.organization_id,
            from_slot=low,
            until_slot=min(high, low + 40_000) + 1,
        )
    )
