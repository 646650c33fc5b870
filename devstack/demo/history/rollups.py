"""The roll-ups of the demo: of its rows where there are any, and made up for the time before."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from random import Random

from sqlalchemy.orm import Session

from devstack.demo import latency
from devstack.demo.history.check_rows import rows_since
from devstack.demo.history.placing import Placed
from devstack.demo.story.past import Story
from domain.analytics.rollup import (
    DAY,
    HOUR,
    Rollup,
    day_of,
    hour_of,
    month_of,
    next_month,
)
from domain.analytics.sketch import Sketch
from domain.evaluation.state import Severity
from models import MonitorHour
from models.region import DEFAULT_REGION_ID
from services.operations import partitions
from services.rollups import progress, rows, writing
from services.rollups.rows import RolledUp

_SEED = 11
_DRAWN = 8
"""How many latencies are drawn for an hour; each stands for as many checks."""
_MICROSECONDS = 1000


def write(session: Session, story: Story, placed: Sequence[Placed]) -> None:
    """Write the hours and days up to where roll-ups begin by themselves."""
    session.flush()
    if progress.locked(session, wait=True) is None:
        return
    until, since = progress.until(session), min(rows_since(story), progress.until(session))
    first = hour_of(int(story.start.timestamp()))
    _make_partitions(session, first, until)
    random = Random(_SEED)  # noqa: S311 - no secret
    ids = [each.monitor.id for each in placed if not each.is_job]
    for each in placed:
        if not each.is_job:
            made_up = list(_hours(each, range(first, since, HOUR), random))
            rows.replace(session, MonitorHour, [each.monitor.id], made_up, low=first, high=since)
    writing.hours(session, [each.monitor.id for each in placed], low=since, high=until)
    for begin in range(day_of(first), day_of(until), DAY):
        writing.day(session, ids, begin=begin)
    _months(session, ids, first, until)


def _months(session: Session, ids: Sequence[int], first: int, until: int) -> None:
    begin = month_of(first)
    while next_month(begin) <= until:
        writing.month(session, ids, begin=begin)
        begin = next_month(begin)


def _make_partitions(session: Session, first: int, until: int) -> None:
    begin = datetime.fromtimestamp(first, UTC).date()
    number = (until - day_of(first)) // DAY + 1
    days = [begin + timedelta(days=each) for each in range(number)]
    partitions.make(session, [partitions.HOURS], days)


def _hours(placed: Placed, begins: range, random: Random) -> Iterator[RolledUp]:
    for begin in begins:
        slots = placed.slots(begin, begin + HOUR)
        if slots:
            rollup = _hour(placed, slots, random)
            owner = placed.monitor.organization_id
            yield RolledUp(owner, placed.monitor.id, DEFAULT_REGION_ID, begin, rollup)


def _hour(placed: Placed, slots: Sequence[int], random: Random) -> Rollup:
    """Return the roll-up of an hour, with a few drawn latencies in place of all."""
    is_calm = placed.is_calm(slots[0], slots[-1])
    counts = Counter({"up": len(slots)} if is_calm else (_outcome(placed, each) for each in slots))
    passed = counts["up"] + counts["degraded"]
    usual = placed.watched.milliseconds
    if counts["degraded"] > counts["up"]:
        usual *= 12
    drawn = [
        max(1, round(latency.milliseconds(usual, slots[0], random) * _MICROSECONDS))
        for _ in range(min(_DRAWN, passed))
    ]
    took = [drawn[number % len(drawn)] for number in range(passed)]
    return Rollup(
        **counts,
        total_us=sum(took),
        min_us=min(took, default=0),
        max_us=max(took, default=0),
        first_byte_ms=sum(took) // _MICROSECONDS if placed.watched.kind == "http" else 0,
        sketch=Sketch.of(took),
    )


def _outcome(placed: Placed, slot: int) -> str:
    if placed.blind is not None and placed.blind.start <= slot < placed.blind.end:
        return "unknown"
    outage = placed.outage_at(slot)
    if outage is None:
        return "up"
    return "degraded" if outage.outage.severity is Severity.DEGRADED else "down"
