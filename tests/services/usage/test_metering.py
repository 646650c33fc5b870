"""Usage is metered by the hour, never changed, and the same when it is counted again."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from uuid import uuid4

import pytest
from sqlalchemy import delete, func, select, text, update
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.orm import Session

from domain.evaluation.slots import phase_of
from domain.plans.metering import HOUR, Meter, together
from models import (
    Delivery,
    DeliveryAttempt,
    Export,
    MeterProgress,
    MeterReading,
    Monitor,
    MonitorHour,
    SeatChange,
)
from models.export import ExportState
from services.errors import Invalid
from services.monitors import monitors
from services.monitors.changes import MonitorChanges
from services.schedules import regions
from services.schedules.schedules import AHEAD
from services.time_range import Window
from services.usage import hours, metering
from services.usage.hours import Step
from tests.factories import exports as make_exports
from tests.factories import monitors as make
from tests.factories.organizations import organization
from tests.services.rollups.rolled import DAY_ONE, set_until

Used = Counter[tuple[Meter, int]]
MONTH = 30 * 24 * HOUR
END = DAY_ONE + MONTH
REGIONS = ["default", "eu", "us"]


def at(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def metered(session: Session, owner: int) -> Used:
    rows = session.execute(
        select(MeterReading.meter, MeterReading.from_slot, func.sum(MeterReading.amount))
        .where(MeterReading.organization_id == owner)
        .group_by(MeterReading.meter, MeterReading.from_slot)
    )
    return Counter({(meter, slot): int(amount) for meter, slot, amount in rows if amount})


def meter_all(session: Session, now: int) -> None:
    set_until(session, now // HOUR * HOUR)
    while metering.sweep(session, now=at(now)):
        pass


@pytest.fixture
def owner(session: Session) -> int:
    session.execute(delete(MeterProgress))
    session.add(MeterProgress(id=1, until_slot=DAY_ONE))
    return organization(session).id


@dataclass
class Watched:
    """A monitor with the spans in which it was checked, as the test knows them."""

    row: Monitor
    interval: int
    regions: int
    spans: list[tuple[int, int, int, int]] = field(default_factory=list)
    began: int | None = None

    def begin(self, moment: int) -> None:
        self.began = max(moment + 1 + AHEAD, self.spans[-1][1] if self.spans else 0)

    def end(self, moment: int) -> None:
        if self.began is not None:
            ended = max(self.began, moment + 1)
            self.spans.append((self.began, ended, self.interval, self.regions))
        self.began = None

    def slots(self) -> Used:
        """Count slot by slot."""
        found: Used = Counter()
        for began, ended, interval, in_regions in self.spans:
            first = began + (phase_of(self.row.id, interval) - began) % interval
            for slot in range(first, min(ended, END), interval):
                found[Meter.SCHEDULED_CHECKS, slot // HOUR * HOUR] += in_regions
        return found


class Month:
    """A month of an organization that adds, edits, pauses, resumes and deletes monitors."""

    def __init__(self, session: Session, owner: int) -> None:
        self._session, self._owner, self._random = session, owner, Random(7)
        self.monitors: list[Watched] = []

    def run(self) -> Used:
        now = DAY_ONE
        while now < END:
            self._act(now)
            now += self._random.randint(1, 9 * HOUR)
            meter_all(self._session, min(now, END))
        meter_all(self._session, END + HOUR)
        for each in self.monitors:
            each.end(END)
        return sum((each.slots() for each in self.monitors), Counter())

    def _act(self, now: int) -> None:
        if len(self.monitors) < 3 or self._random.random() < 0.1:
            return self._create(now)
        watched = self._random.choice(self.monitors)
        if watched.row.deleted_at is None:
            act = self._random.choice([self._edit, self._edit, self._pause, self._resume])
            act(watched, now) if self._random.random() < 0.95 else self._delete(watched, now)
        return None

    def _create(self, now: int) -> None:
        interval, named = self._random.choice([60, 90, 300]), self._named()
        row = make.monitor(
            self._session,
            self._owner,
            now=at(now),
            interval_seconds=interval,
            regions=named,
        )
        self.monitors.append(Watched(row, interval, len(named)))
        self.monitors[-1].begin(now)

    def _named(self) -> list[str]:
        return self._random.sample(REGIONS, self._random.randint(1, 3))

    def _edit(self, watched: Watched, now: int) -> None:
        interval, named = self._random.choice([30, 60, 700, 3600]), self._named()
        changes: MonitorChanges = {"interval_seconds": interval, "regions": named}
        before = watched.interval, set(self._of(watched))
        monitors.change(self._session, self._owner, watched.row.public_id, changes, now=at(now))
        if watched.began is not None and before != (interval, set(self._of(watched))):
            watched.end(now)
            watched.interval, watched.regions = interval, len(named)
            watched.begin(now)
        watched.interval, watched.regions = interval, len(named)

    def _of(self, watched: Watched) -> list[int]:
        return watched.row.region_ids

    def _pause(self, watched: Watched, now: int) -> None:
        pause: MonitorChanges = {"paused": True}
        monitors.change(self._session, self._owner, watched.row.public_id, pause, now=at(now))
        watched.end(now)

    def _resume(self, watched: Watched, now: int) -> None:
        if watched.row.paused:
            monitors.resume(self._session, self._owner, watched.row.public_id, now=at(now))
            watched.begin(now)

    def _delete(self, watched: Watched, now: int) -> None:
        monitors.delete(self._session, self._owner, watched.row.public_id, now=at(now))
        watched.end(now)


def test_a_month_of_edits_pauses_and_regions_is_metered_slot_by_slot(
    session: Session, owner: int
) -> None:
    for name in REGIONS[1:]:
        regions.register(session, name, now=at(DAY_ONE))
    month = Month(session, owner)
    expected = month.run()
    found = metered(session, owner)
    assert found == expected
    assert len(found) > 700
    assert metering.recount(session, DAY_ONE, END, now=at(END + HOUR)) == []
    assert metered(session, owner) == found


def hour_row(monitor: Monitor, slot: int, up: int, unknown: int = 0) -> MonitorHour:
    sums = dict.fromkeys(("total_us", "dns_ms", "connect_ms", "tls_ms", "first_byte_ms"), 0)
    return MonitorHour(
        monitor_id=monitor.id,
        organization_id=monitor.organization_id,
        from_slot=slot,
        region_id=1,
        up=up,
        degraded=1,
        down=2,
        unknown=unknown,
        min_us=0,
        max_us=0,
        sketch=b"",
        **sums,
    )


def test_executed_checks_are_those_that_a_worker_made(session: Session, owner: int) -> None:
    monitor = make.monitor(session, owner, now=at(DAY_ONE - 1), interval_seconds=3600)
    session.add_all(
        [hour_row(monitor, DAY_ONE, 10, unknown=5), hour_row(monitor, DAY_ONE + HOUR, 1)]
    )
    session.flush()
    meter_all(session, DAY_ONE + 3 * HOUR)
    found = metered(session, owner)
    assert found[Meter.EXECUTED_CHECKS, DAY_ONE] == 13
    assert found[Meter.EXECUTED_CHECKS, DAY_ONE + HOUR] == 4


def test_what_comes_late_is_a_correction_and_nothing_is_changed(
    session: Session, owner: int
) -> None:
    monitor = make.monitor(session, owner, now=at(DAY_ONE - 1), interval_seconds=3600)
    row = hour_row(monitor, DAY_ONE, 10)
    session.add(row)
    session.flush()
    now = DAY_ONE + 3 * HOUR
    meter_all(session, now)
    before = [(each.id, each.amount) for each in session.scalars(select(MeterReading))]
    session.execute(update(MonitorHour).values(up=12))
    corrections = metering.recount(session, DAY_ONE, now, now=at(now))
    assert [(each.meter, each.amount) for each in corrections] == [(Meter.EXECUTED_CHECKS, 2)]
    after = [(each.id, each.amount) for each in session.scalars(select(MeterReading))]
    assert after[: len(before)] == before
    assert metered(session, owner)[Meter.EXECUTED_CHECKS, DAY_ONE] == 15
    assert metering.recount(session, DAY_ONE, now, now=at(now)) == []


def test_what_comes_late_is_corrected_a_day_later_without_being_asked(
    session: Session, owner: int
) -> None:
    monitor = make.monitor(session, owner, now=at(DAY_ONE - 1), interval_seconds=3600)
    meter_all(session, DAY_ONE + 3 * HOUR)
    session.add(hour_row(monitor, DAY_ONE, 10))
    session.flush()
    meter_all(session, DAY_ONE + 30 * HOUR)
    assert metered(session, owner)[Meter.EXECUTED_CHECKS, DAY_ONE] == 13


def test_an_hour_is_metered_once_it_is_over_and_rolled_up(session: Session, owner: int) -> None:
    make.monitor(session, owner, now=at(DAY_ONE - 10), interval_seconds=60)
    set_until(session, DAY_ONE + HOUR)
    metering.sweep(session, now=at(DAY_ONE + HOUR + 300))
    assert metered(session, owner) == Counter()
    set_until(session, DAY_ONE)
    metering.sweep(session, now=at(DAY_ONE + 2 * HOUR))
    assert metered(session, owner) == Counter()
    for _ in range(2):
        meter_all(session, DAY_ONE + HOUR + 900)
        assert metered(session, owner) == {(Meter.SCHEDULED_CHECKS, DAY_ONE): 60}


def test_seats_are_the_most_members_at_once(session: Session, owner: int) -> None:
    session.execute(delete(SeatChange))
    for seconds, delta in ((-9, 1), (100, 1), (200, 1), (300, -1), (300, -1), (2 * HOUR, 1)):
        session.add(
            SeatChange(organization_id=owner, changed_at=at(DAY_ONE + seconds), delta=delta)
        )
    session.flush()
    meter_all(session, DAY_ONE + 4 * HOUR)
    seats = {slot - DAY_ONE: count for (_, slot), count in metered(session, owner).items()}
    assert seats == {0: 3, HOUR: 1, 2 * HOUR: 2}


def attempt(session: Session, owner: int, kind: str, moment: datetime, segments: int) -> None:
    delivery = Delivery(
        organization_id=owner,
        dedup_key=str(uuid4()),
        event="down",
        kind=kind,
        address="+4930123456",
        next_attempt_at=moment,
        created_at=moment,
    )
    session.add(delivery)
    session.flush()
    session.add(
        DeliveryAttempt(
            delivery_id=delivery.id,
            attempt=1,
            organization_id=owner,
            began_at=moment,
            ended_at=moment,
            accepted=segments > 0,
            answer="",
            segments=segments,
        )
    )


def test_texts_calls_and_exports_are_metered_when_they_were_finished(
    session: Session, owner: int
) -> None:
    for kind, segments in (("sms", 2), ("sms", 3), ("sms", 0), ("voice", 1), ("email", 0)):
        attempt(session, owner, kind, at(DAY_ONE + 60), segments)
    export = make_exports.row(session, owner, at=at(DAY_ONE))
    export.state, export.finished_at, export.size_bytes = ExportState.DONE, at(DAY_ONE + 5), 4096
    session.flush()
    meter_all(session, DAY_ONE + 2 * HOUR)
    assert metered(session, owner) == {
        (Meter.TEXT_SEGMENTS, DAY_ONE): 5,
        (Meter.CALLS, DAY_ONE): 1,
        (Meter.EXPORT_BYTES, DAY_ONE): 4096,
    }
    session.execute(update(Export).values(size_bytes=1))
    much_later = at(DAY_ONE) + timedelta(days=31)
    assert metering.recount(session, DAY_ONE, DAY_ONE + HOUR, now=much_later) == [], (
        "what is not kept any more is not counted again"
    )


def test_invariant_6_usage_is_read_by_its_organization_alone(session: Session, owner: int) -> None:
    other = organization(session).id
    make.monitor(session, owner, now=at(DAY_ONE - 10), interval_seconds=60)
    meter_all(session, DAY_ONE + 2 * HOUR)
    window = Window(at(DAY_ONE), at(END))
    assert hours.read(session, other, window, step=Step.DAY) == []
    (day,) = hours.read(session, owner, window, step=Step.DAY)
    assert (day.at, day.meters) == (at(DAY_ONE), {Meter.SCHEDULED_CHECKS: 60})
    with pytest.raises(Invalid):
        hours.read(session, owner, Window(at(DAY_ONE), at(END + 48 * HOUR)), step=Step.HOUR)


def test_a_level_is_not_added_up() -> None:
    assert together(Meter.SEATS, [2, 3, 1]) == 3
    assert together(Meter.CALLS, [2, 3, 1]) == 6


def test_nobody_may_change_what_was_metered(session: Session) -> None:
    for role in ("downtime_housekeeping", "downtime_api", "downtime_checks"):
        for statement in ("UPDATE meter_readings SET amount = 0", "DELETE FROM meter_readings"):
            with session.begin_nested() as inner:
                session.execute(text(f"SET LOCAL ROLE {role}"))
                with pytest.raises(ProgrammingError, match="permission denied"):
                    session.execute(text(statement))
                inner.rollback()
