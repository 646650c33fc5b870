"""Unknown time is written with the rows, and stays when they are dropped."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from domain.analytics.uptime import Uptime
from domain.evaluation.slots import FOREVER, shard_of
from models import BlindSpan, Monitor, MonitorState, Schedule
from probes.base import ProbeResult
from services.analytics import uptime
from services.checks import record as check_record
from services.evaluation import blind_spans
from services.evaluation.results import Observed
from services.operations import partitions
from services.schedules import regions
from services.time_range import Window
from tests.domain import histories
from tests.services import pinged, planned
from tests.services.watched import DOWN, UNKNOWN, UP, at, observe, watch

START = int(datetime(2026, 11, 24, 12, tzinfo=UTC).timestamp())


@pytest.fixture
def monitor(session: Session) -> Monitor:
    partitions.ensure(session, now=at(START))
    made = watch(session, from_slot=START, interval=60)
    session.query(Schedule).update({"phase": START % 60})
    return made


def record(session: Session, *observed: Observed) -> None:
    check_record.record(session, observed, now=at(max(each.slot for each in observed)))


def spans(session: Session, monitor: Monitor) -> list[tuple[int, int]]:
    """List the spans in seconds from the start."""
    rows = session.execute(
        select(BlindSpan.from_slot, BlindSpan.until_slot)
        .where(BlindSpan.monitor_id == monitor.id)
        .order_by(BlindSpan.from_slot)
    )
    return [
        (from_slot - START, until if until == FOREVER else until - START)
        for from_slot, until in rows
    ]


def see(session: Session, monitor: Monitor, letters: str, *, first: int = 0) -> None:
    """Record one result each minute: u(p), d(own) or unknown (?)."""
    found = {"u": UP, "d": DOWN, "?": UNKNOWN}
    for number, letter in enumerate(letters, first):
        record(session, observe(monitor, START + 60 * number, found[letter]))


@pytest.mark.parametrize(
    ("letters", "expected"),
    [
        ("uuu", []),
        ("u?", [(60, 120)]),
        ("u??u", [(60, 180)]),
        ("?u?", [(0, 60), (120, 180)]),
        ("udd?du", [(180, 240)]),
    ],
)
def test_unknown_rows_are_spans(
    session: Session, monitor: Monitor, letters: str, expected: list[tuple[int, int]]
) -> None:
    see(session, monitor, letters)
    assert spans(session, monitor) == expected


def test_a_real_result_that_comes_late_takes_its_time_back(
    session: Session, monitor: Monitor
) -> None:
    see(session, monitor, "u???u")
    record(session, observe(monitor, START + 120, UP))
    assert spans(session, monitor) == [(60, 120), (180, 240)]


def test_a_check_between_two_slots_ends_what_was_unknown(
    session: Session, monitor: Monitor
) -> None:
    see(session, monitor, "u?")
    record(session, observe(monitor, START + 80, UP))
    assert spans(session, monitor) == [(60, 80)]


def test_a_good_check_of_one_region_is_enough(session: Session, monitor: Monitor) -> None:
    other = regions.register(session, "north", now=at(START))
    blind = observe(monitor, START, UNKNOWN)
    record(session, blind)
    assert spans(session, monitor) == [(0, 60)]
    seen = Observed(
        organization_id=blind.organization_id,
        monitor_id=blind.monitor_id,
        region_id=other,
        slot=START,
        version=1,
        result=UP,
    )
    record(session, seen)
    assert spans(session, monitor) == []


def test_it_is_noted_where_the_last_span_ends(session: Session, monitor: Monitor) -> None:
    see(session, monitor, "u??")
    session.expire_all()
    assert session.get_one(MonitorState, monitor.id).blind_until == START + 180
    record(session, observe(monitor, START + 60, UP), observe(monitor, START + 120, UP))
    session.expire_all()
    assert session.get_one(MonitorState, monitor.id).blind_until == 0


def test_the_span_of_a_heartbeat_is_open_until_its_next_ping(session: Session) -> None:
    monitor = pinged.heartbeat(session)
    pinged.ping(session, monitor, 0)
    pinged.listen(session, -5, 58)
    pinged.sweep(session, 75)
    assert spans(session, monitor) == [(70 * 60, FOREVER)]
    pinged.ping(session, monitor, 100)
    assert spans(session, monitor) == [(70 * 60, 100 * 60)]


def test_a_stall_is_covered_from_its_first_slot_to_the_first_after_it(
    session: Session, monitor: Monitor
) -> None:
    see(session, monitor, "u")
    blind_spans.cover(session, shard_of(monitor.id), after=START + 90, until=START + 1000)
    assert spans(session, monitor) == [(120, 1020)]
    see(session, monitor, "u", first=17)
    assert spans(session, monitor) == [(120, 1020)]


def test_slots_outside_of_the_schedule_are_not_covered(session: Session, monitor: Monitor) -> None:
    session.query(Schedule).update({"until_slot": START + 300})
    blind_spans.cover(session, shard_of(monitor.id), after=START + 300, until=START + 1000)
    assert spans(session, monitor) == []


def rebuild(session: Session) -> None:
    last: int | None = 0
    while last is not None:
        last = blind_spans.rebuild(session, after=last, limit=1)


def test_spans_are_rebuilt_from_the_rows_as_often_as_one_likes(
    session: Session, monitor: Monitor
) -> None:
    see(session, monitor, "u??uu?")
    before = spans(session, monitor)
    session.query(BlindSpan).delete()
    for _ in range(2):
        rebuild(session)
        assert spans(session, monitor) == before


def test_what_is_rebuilt_includes_slots_without_rows(session: Session, monitor: Monitor) -> None:
    session.execute(text("UPDATE dispatch_shards SET closed = :now"), {"now": START + 10_000})
    see(session, monitor, "uu")
    see(session, monitor, "uu", first=90)
    rebuild(session)
    assert spans(session, monitor) == [(120, 90 * 60)]


def test_rebuilding_leaves_what_is_older_than_the_rows(session: Session, monitor: Monitor) -> None:
    see(session, monitor, "??uu??")
    expected = spans(session, monitor)
    session.execute(text("DELETE FROM check_results WHERE slot < :slot"), {"slot": START + 180})
    rebuild(session)
    assert spans(session, monitor) == expected


SPRING = datetime(2027, 3, 28, 0, 30, tzinfo=UTC)
AUTUMN = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize("seed", range(6))
def test_invariant_5_uptime_is_the_same_the_second_before_and_after_a_day_is_dropped(
    session: Session, seed: int
) -> None:
    random = Random(seed)
    start = int((SPRING if seed % 2 else AUTUMN).timestamp())
    partitions.ensure(session, now=at(start))
    history = histories.draw(random, start=start)
    monitor = _watch(session, history, random)
    _live_through(session, monitor, history, random)
    end = history.end
    now = at(end)
    windows = [
        Window(at(start + low), at(start + high))
        for low, high in (sorted(random.sample(range(end - start), 2)) for _ in range(20))
    ]
    before = _figures(session, monitor, windows, now)
    rebuild(session)
    assert _figures(session, monitor, windows, now) == before
    dropped = partitions.drop_expired(session, now=now + timedelta(days=9), keep_days=1)
    assert dropped
    assert not session.execute(text("SELECT 1 FROM check_results")).all()
    assert _figures(session, monitor, windows, now) == before
    assert any(each.unknown for each in before)


def _watch(session: Session, history: histories.History, random: Random) -> Monitor:
    start = min(history.blind)
    monitor = watch(session, from_slot=start, interval=history.interval)
    session.query(Schedule).update({"phase": start % history.interval})
    if random.random() < 0.5:
        length = (history.end - start) / 60
        first = (start - planned.T.timestamp()) / 60
        planned.plan(
            session, monitor, start=first + length / 4, minutes=max(1, length / 4), now=first - 60
        )
    return monitor


def _live_through(
    session: Session, monitor: Monitor, history: histories.History, random: Random
) -> None:
    """Let the results arrive as the history says: what is seen is down now and then."""
    found: dict[int, ProbeResult] = {
        slot: random.choices([UP, DOWN], weights=[3, 1])[0] for slot in history.blind
    }
    for group in history.arrivals:
        observed = [
            observe(monitor, slot, UNKNOWN if is_blind else found[slot]) for slot, is_blind in group
        ]
        record(session, *observed)


def _figures(
    session: Session, monitor: Monitor, windows: Sequence[Window], now: datetime
) -> list[Uptime]:
    return [uptime.of_monitor(session, monitor, each, now=now) for each in windows]
