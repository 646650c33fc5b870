"""Organizations of many monitors with three months of outages, made by statements of many rows.

One monitor is created as a request creates it, and its rows are repeated. Outages, blind spans and
roll-ups are written to the tables in which a deployment has them.
"""

from datetime import UTC, datetime
from random import Random

from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from benchmarks.watching import NO_LIMITS
from devstack.keys import new_encryption_key
from domain.analytics.rollup import DAY, HOUR, Rollup, day_of, hour_of, next_month
from domain.analytics.sketch import Sketch
from models import Monitor, MonitorDay, MonitorHour, RollupProgress
from models.base import Base
from models.region import DEFAULT_REGION_ID
from security.vault import KeyRing
from services import quotas
from services.monitors import monitors
from services.monitors.values import MonitorValues
from services.rollups import rows, writing
from services.rollups.rows import RolledUp

_DAYS = 400


def fill(session: Session, organization_id: int, count: int) -> None:
    """Give an organization so many monitors: each with outages, the first with 400 days of latency."""
    for limit in ("statement_timeout", "idle_in_transaction_session_timeout"):
        session.execute(text(f"SET LOCAL {limit} = 0"))
    first = _first(session, organization_id)
    asked = {"organization": organization_id, "first": first, "count": count}
    for statement in (*_OTHERS, *_PAST):
        session.execute(text(statement), asked)
    _roll_up(session, organization_id, first)
    session.execute(text(_SAME_HOURS), asked)


def _first(session: Session, organization_id: int) -> int:
    quotas.use(session, NO_LIMITS)
    (view,) = monitors.create_all(
        session,
        organization_id,
        [MonitorValues(name="m0", url="https://site.example.test/0", tags=["shop", "eu"])],
        # Sites have nothing to seal, so any key will do.
        ring=KeyRing.parse(new_encryption_key()),
        now=datetime.now(UTC),
    )
    return view.monitor.id


def again(table: str, **values: str) -> str:
    """Return the columns of a table, and what to select for them from a row `t`."""
    names = [each.name for each in Base.metadata.tables[table].columns if each.name != "id"]
    selected = ", ".join(values.get(name, f"t.{name}") for name in names)
    return f"INSERT INTO {table} ({', '.join(names)}) SELECT {selected} FROM {table} t"  # noqa: S608 - our own tables


_OF_OTHERS = """
    JOIN monitors m ON m.organization_id = t.organization_id AND m.id <> t.monitor_id
    WHERE t.monitor_id = :first
"""

_OTHERS = (
    again(
        "monitors",
        public_id="gen_random_uuid()",
        name="'m' || n",
        url="'https://site.example.test/' || n",
    )
    + " CROSS JOIN generate_series(1, :count - 1) AS n WHERE t.id = :first",
    again("monitor_states", monitor_id="m.id") + _OF_OTHERS,
    again(
        "schedules",
        monitor_id="m.id",
        shard="m.id % 16",
        phase="m.id::bigint * 2654435761 % t.interval_seconds",
    )
    + _OF_OTHERS,
)

# Each monitor had an outage in each week and an unknown span in each month; a few are not up now.
_PAST = (
    "UPDATE monitors SET created_at = now() - interval '400 days' WHERE organization_id = :organization",
    """
    UPDATE schedules SET from_slot = extract(epoch FROM now())::int - 400 * 86400
    WHERE organization_id = :organization
    """,
    """
    UPDATE monitor_states SET since = now() - interval '1 hour', incident_open = monitor_id % 300 = 0,
        last_slot = extract(epoch FROM now())::int - 30, state = CASE
            WHEN monitor_id % 300 = 0 THEN 'down' WHEN monitor_id % 101 = 0 THEN 'degraded'
            WHEN monitor_id % 97 = 0 THEN 'unknown' ELSE 'up' END
    WHERE organization_id = :organization
    """,
    """
    INSERT INTO incidents (public_id, organization_id, monitor_id, severity, started_at,
        confirmed_at, ended_at, resolution, cause, detail)
    SELECT gen_random_uuid(), m.organization_id, m.id, 'down', t, t, t + interval '10 minutes',
        'recovered', 10, 'Answered 500.'
    FROM monitors m CROSS JOIN generate_series(0, 11) AS week, LATERAL (
        SELECT now() - make_interval(secs =>
            900 + week * 604800 + m.id::bigint * 2654435761 % 600000)
    ) AS x (t)
    WHERE m.organization_id = :organization
    """,
    """
    INSERT INTO incidents (public_id, organization_id, monitor_id, severity, started_at,
        confirmed_at, cause, detail)
    SELECT gen_random_uuid(), organization_id, monitor_id, 'down', t, t, 10, 'Answered 500.'
    FROM monitor_states, LATERAL (SELECT now() - interval '10 minutes') AS x (t)
    WHERE organization_id = :organization AND incident_open
    """,
    """
    INSERT INTO blind_spans (monitor_id, from_slot, until_slot, organization_id)
    SELECT m.id, t - 300, t, m.organization_id
    FROM monitors m CROSS JOIN generate_series(0, 2) AS month, LATERAL (
        SELECT (extract(epoch FROM now()) - 400 - month * 2592000
            - m.id::bigint * 2246822519 % 2500000)::int
    ) AS x (t)
    WHERE m.organization_id = :organization
    """,
    "UPDATE dispatch_shards SET watermark = extract(epoch FROM now()) + 86400",
)

_SAME_HOURS = again("monitor_hours", monitor_id="m.id") + _OF_OTHERS


def _roll_up(session: Session, organization_id: int, monitor_id: int) -> None:
    now = int(datetime.now(UTC).timestamp())
    chance = Random(7)  # noqa: S311 - no secret
    hours = range(hour_of(now) - DAY, hour_of(now), HOUR)
    recent = [
        RolledUp(organization_id, monitor_id, DEFAULT_REGION_ID, at, _rolled_up(chance, 60))
        for at in hours
    ]
    rows.replace(session, MonitorHour, [], recent, low=0, high=0)
    days = range(day_of(now) - _DAYS * DAY, day_of(now), DAY)
    long = [
        RolledUp(organization_id, monitor_id, DEFAULT_REGION_ID, at, _rolled_up(chance, 1440))
        for at in days
    ]
    rows.replace(session, MonitorDay, [], long, low=0, high=0)
    month = next_month(days.start - 1)
    while next_month(month) <= days.stop:
        writing.month(session, [monitor_id], begin=month)
        month = next_month(month)
    session.execute(update(RollupProgress).values(until_slot=hour_of(now)))


def _rolled_up(chance: Random, checks: int) -> Rollup:
    took = [int(chance.lognormvariate(11.5, 0.25)) for _ in range(checks)]
    return Rollup(
        up=checks, total_us=sum(took), min_us=min(took), max_us=max(took), sketch=Sketch.of(took)
    )


def first_monitors(session: Session, organization_id: int, count: int) -> list[Monitor]:
    query = select(Monitor).where(Monitor.organization_id == organization_id)
    return list(session.scalars(query.order_by(Monitor.id).limit(count)))
