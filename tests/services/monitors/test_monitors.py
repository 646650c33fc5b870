"""What creating, changing and deleting a monitor does to its schedule, state and incidents."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any, Unpack

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.alerting.alert import AlertEvent
from domain.evaluation.slots import FOREVER, phase_of, shard_of
from domain.evaluation.state import State
from models import Delivery, Incident, Monitor, MonitorState, Recheck, Schedule
from models.delivery import DeliveryState
from models.incident import Resolution
from services.errors import Conflict, Invalid, NotFound
from services.monitors import lifecycle as monitor_lifecycle
from services.monitors import monitors
from services.monitors import views as monitor_views
from services.monitors.changes import MonitorChanges
from services.monitors.values import MonitorValues
from services.schedules.schedules import AHEAD
from tests.factories import monitors as make
from tests.factories.keys import RING
from tests.factories.organizations import organization

NOW = datetime(2026, 3, 1, 12, 0, 0, 500_000, tzinfo=UTC)
SECOND = int(NOW.timestamp())
FIRST = SECOND + 1 + AHEAD
LATER = NOW + timedelta(minutes=10)


@pytest.fixture
def monitor(session: Session) -> Monitor:
    return make.monitor(session, organization(session).id, now=NOW)


def change(
    session: Session, monitor: Monitor, now: datetime = LATER, **changes: Unpack[MonitorChanges]
) -> None:
    monitors.change(session, monitor.organization_id, monitor.public_id, changes, now=now)


def set_paused(session: Session, monitor: Monitor, *, paused: bool, now: datetime) -> None:
    change(session, monitor, now, paused=paused)


def spans(session: Session, monitor: Monitor) -> list[tuple[int, int, int]]:
    """Each stretch as [from, until) and interval, without the empty ones."""
    session.flush()
    session.expire_all()
    rows = session.scalars(
        select(Schedule).where(Schedule.monitor_id == monitor.id).order_by(Schedule.from_slot)
    )
    return [
        (row.from_slot, row.until_slot, row.interval_seconds)
        for row in rows
        if row.from_slot < row.until_slot
    ]


def state(session: Session, monitor: Monitor) -> MonitorState:
    return session.get_one(MonitorState, monitor.id, populate_existing=True)


def set_state(session: Session, monitor: Monitor, **values: Any) -> None:  # noqa: ANN401
    row = state(session, monitor)
    for name, value in values.items():
        setattr(row, name, value)
    session.flush()


def test_a_new_monitor_is_watched_once_a_dispatcher_can_know_of_it(
    session: Session, monitor: Monitor
) -> None:
    row = session.scalars(select(Schedule)).one()
    assert (row.from_slot, row.until_slot, row.interval_seconds) == (FIRST, FOREVER, 60)
    assert row.phase == phase_of(monitor.id, 60)
    assert row.shard == shard_of(monitor.id)
    assert row.organization_id == monitor.organization_id
    assert (state(session, monitor).state, state(session, monitor).since) == (State.PENDING, NOW)


def test_a_monitor_that_is_created_paused_is_not_watched(session: Session) -> None:
    monitor = make.monitor(session, organization(session).id, now=NOW, paused=True)
    assert spans(session, monitor) == []
    assert state(session, monitor).state is State.PAUSED


def test_another_interval_begins_a_new_stretch(session: Session, monitor: Monitor) -> None:
    change(session, monitor, interval_seconds=30)
    turn = int(LATER.timestamp()) + 1
    assert spans(session, monitor) == [(FIRST, turn, 60), (turn + AHEAD, FOREVER, 30)]
    assert monitor.version == 1


def test_edits_within_one_second_alter_the_stretch_in_place(
    session: Session, monitor: Monitor
) -> None:
    for interval in (30, 20, 45):
        change(session, monitor, NOW + timedelta(milliseconds=interval), interval_seconds=interval)
    assert spans(session, monitor) == [(FIRST, FOREVER, 45)]
    row = session.scalars(select(Schedule)).one()
    assert row.phase == phase_of(monitor.id, 45)


def test_pausing_and_resuming_within_one_second_leaves_one_stretch(
    session: Session, monitor: Monitor
) -> None:
    for paused in (True, False, True, False):
        set_paused(session, monitor, paused=paused, now=LATER)
    turn = int(LATER.timestamp()) + 1
    assert spans(session, monitor) == [(FIRST, turn, 60), (turn + AHEAD, FOREVER, 60)]


def test_stretches_do_not_overlap_when_the_clock_was_set_back(
    session: Session, monitor: Monitor
) -> None:
    change(session, monitor, LATER, interval_seconds=30)
    change(session, monitor, NOW, interval_seconds=20)
    change(session, monitor, LATER - timedelta(minutes=1), interval_seconds=50)
    assert_disjoint(spans(session, monitor))
    assert spans(session, monitor)[-1][1:] == (FOREVER, 50)


def assert_disjoint(found: Sequence[tuple[int, int, int]]) -> None:
    for before, after in pairwise(found):
        assert before[1] <= after[0]


def test_pausing_ends_the_stretch_and_the_rechecks_and_resuming_begins_another(
    session: Session, monitor: Monitor
) -> None:
    view = monitor_views.find(session, monitor.organization_id, monitor.public_id)
    monitor_lifecycle.check_now(session, view, now=NOW)
    set_paused(session, monitor, paused=True, now=LATER)
    assert session.scalars(select(Recheck)).all() == []
    assert state(session, monitor).state is State.PAUSED
    assert state(session, monitor).since == LATER
    again = LATER + timedelta(hours=1)
    change(session, monitor, again, interval_seconds=30)
    set_paused(session, monitor, paused=False, now=again)
    assert spans(session, monitor) == [
        (FIRST, int(LATER.timestamp()) + 1, 60),
        (int(again.timestamp()) + 1 + AHEAD, FOREVER, 30),
    ]
    assert state(session, monitor).state is State.PENDING


def test_invariant_3_an_open_incident_survives_a_pause_and_an_edit(
    session: Session, monitor: Monitor
) -> None:
    incident = make.incident(session, monitor, started_at=NOW)
    set_state(session, monitor, state=State.DOWN, recent=3, incident_open=True)
    set_paused(session, monitor, paused=True, now=LATER)
    assert state(session, monitor).incident_open
    set_paused(session, monitor, paused=False, now=LATER)
    change(session, monitor, url="https://other.test/")
    after = state(session, monitor)
    assert (after.state, after.recent, after.incident_open) == (State.DOWN, 0, True)
    assert incident.ended_at is None


@pytest.mark.parametrize(
    ("changes", "restarts"),
    [
        ({"url": "https://other.test/"}, True),
        ({"settings": {"method": "HEAD"}}, True),
        ({"timeout_seconds": 5}, True),
        ({"latency_threshold_ms": 100}, True),
        ({"url": "https://shop.test/"}, False),
        ({"settings": {"method": "GET"}}, False),
        ({"name": "Store"}, False),
        ({"tags": ["a"]}, False),
        ({"interval_seconds": 30}, False),
        ({"confirmations": 5}, False),
    ],
)
def test_a_change_of_what_is_probed_makes_a_new_version_and_begins_anew(
    session: Session,
    monitor: Monitor,
    changes: dict[str, Any],
    restarts: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    set_state(session, monitor, state=State.UP, successes=7, run_started=SECOND)
    change(session, monitor, **changes)
    after = state(session, monitor)
    assert monitor.version == (2 if restarts else 1)
    assert after.state is (State.PENDING if restarts else State.UP)
    assert after.successes == (0 if restarts else 7)
    assert after.since == (LATER if restarts else NOW)


def test_a_paused_monitor_stays_paused_when_it_is_changed(
    session: Session, monitor: Monitor
) -> None:
    set_paused(session, monitor, paused=True, now=NOW)
    change(session, monitor, url="https://other.test/", interval_seconds=30)
    assert state(session, monitor).state is State.PAUSED
    assert spans(session, monitor) == []
    assert monitor.version == 2


def test_deleting_ends_everything_and_tells_who_was_told(
    session: Session, monitor: Monitor
) -> None:
    incident = make.incident(session, monitor, started_at=NOW)
    set_state(session, monitor, state=State.DOWN, recent=3, incident_open=True)
    for number, notified in enumerate((DeliveryState.SENT, DeliveryState.DEAD)):
        session.add(
            Delivery(
                organization_id=monitor.organization_id,
                dedup_key=f"incident/{incident.id}/down",
                incident_id=incident.id,
                chain_id=incident.id,
                event=AlertEvent.DOWN,
                kind="email",
                address=f"{number}@example.test",
                state=notified,
                next_attempt_at=NOW,
                created_at=NOW,
            )
        )
    session.flush()
    monitors.delete(session, monitor.organization_id, monitor.public_id, now=LATER)
    session.flush()
    session.expire_all()
    assert (incident.ended_at, incident.resolution) == (LATER, Resolution.MONITOR_DELETED)
    ended = session.scalars(select(Delivery).where(Delivery.event == AlertEvent.ENDED)).all()
    assert [each.address for each in ended] == ["0@example.test"]
    assert spans(session, monitor)[-1][1] == int(LATER.timestamp()) + 1
    assert not state(session, monitor).incident_open
    # A result that is still on its way finds a monitor that believes nothing.
    assert state(session, monitor).state is State.PAUSED
    with pytest.raises(NotFound):
        change(session, monitor, name="Store")


def test_deleting_a_healthy_monitor_tells_nobody(session: Session, monitor: Monitor) -> None:
    monitors.delete(session, monitor.organization_id, monitor.public_id, now=LATER)
    assert session.scalars(select(Delivery)).all() == []
    assert session.scalars(select(Incident)).all() == []


def test_a_check_on_request_is_due_in_the_next_second_and_asked_for_once(
    session: Session, monitor: Monitor
) -> None:
    view = monitor_views.find(session, monitor.organization_id, monitor.public_id)
    assert {monitor_lifecycle.check_now(session, view, now=NOW) for _ in range(2)} == {SECOND + 1}
    recheck = session.scalars(select(Recheck)).one()
    assert (recheck.monitor_id, recheck.due, recheck.slot) == (monitor.id, SECOND + 1, None)
    assert recheck.shard == shard_of(monitor.id)


def test_a_paused_monitor_cannot_be_checked_on_request(session: Session, monitor: Monitor) -> None:
    set_paused(session, monitor, paused=True, now=NOW)
    view = monitor_views.find(session, monitor.organization_id, monitor.public_id)
    with pytest.raises(Conflict):
        monitor_lifecycle.check_now(session, view, now=NOW)


def test_another_organization_finds_nothing(session: Session, monitor: Monitor) -> None:
    other = organization(session).id
    for attempt in (monitor_views.find, monitor_views.find_locked):
        with pytest.raises(NotFound):
            attempt(session, other, monitor.public_id)


def test_create_refuses_what_it_cannot_take(session: Session) -> None:
    with pytest.raises(Invalid) as refused:
        make.monitor(session, organization(session).id, now=NOW, url="ftp://x", kind="http")
    assert list(refused.value.problems) == ["url"]


def test_create_all_names_the_bad_ones_by_index(session: Session) -> None:
    good = MonitorValues(name="Shop", url="https://shop.test/")
    bad = MonitorValues(name="Shop", url="nothing")
    with pytest.raises(Invalid) as refused:
        monitors.create_all(session, organization(session).id, [good, bad], ring=RING, now=NOW)
    assert list(refused.value.problems) == ["monitors.1.url"]
    assert session.scalars(select(Monitor)).all() == []
