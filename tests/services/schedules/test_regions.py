"""A monitor of several regions: what together they make of what they see."""

from datetime import timedelta
from threading import Thread

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session

from domain.evaluation.state import State
from models import Monitor, MonitorRegionState, MonitorState
from models.region import DEFAULT_REGION_ID
from services.checks import record as check_record
from services.evaluation.results import Observed
from services.monitors import monitors
from services.monitors import views as monitor_views
from services.monitors.changes import MonitorChanges
from services.schedules import regions
from tests.factories import monitors as make
from tests.services.regional import NOW, SLOT, incidents, see, watched_from_three
from tests.services.watched import DOWN, UNKNOWN, UP


@pytest.fixture
def three(session: Session) -> Monitor:
    return watched_from_three(session)


def state_of(session: Session, monitor: Monitor) -> State:
    session.expire_all()
    return session.get_one(MonitorState, monitor.id).state


def test_one_region_of_three_is_an_advisory_and_no_incident(
    session: Session, three: Monitor
) -> None:
    see(session, three, SLOT + 60, default=UP, north=DOWN, south=UP)
    assert state_of(session, three) is State.UP
    assert incidents(session) == []
    view = monitor_views.find(session, three.organization_id, three.public_id)
    seen = {each.name: (each.state, each.is_advisory) for each in view.region_states}
    assert seen == {
        "default": (State.UP, False),
        "north": (State.DOWN, True),
        "south": (State.UP, False),
    }


def test_two_regions_of_three_are_an_outage_since_the_second_began_to_fail(
    session: Session, three: Monitor
) -> None:
    see(session, three, SLOT + 60, north=DOWN)
    see(session, three, SLOT + 120, default=DOWN, north=DOWN, south=UP)
    assert state_of(session, three) is State.DOWN
    assert incidents(session) == [(make.at(SLOT + 120), None)]
    see(session, three, SLOT + 180, default=UP)
    assert incidents(session) == [(make.at(SLOT + 120), make.at(SLOT + 180))]
    assert state_of(session, three) is State.UP


def test_results_of_all_regions_in_one_batch_are_taken_in_the_order_of_their_slots(
    session: Session, three: Monitor
) -> None:
    ids = regions.ids(session, ["default", "north"])
    batch = [
        Observed(
            organization_id=three.organization_id,
            monitor_id=three.id,
            region_id=region_id,
            slot=slot,
            version=1,
            result=result,
        )
        for region_id in ids.values()
        for slot, result in ((SLOT + 120, UP), (SLOT + 60, DOWN))
    ]
    check_record.record(session, batch, now=NOW)
    assert incidents(session) == [(make.at(SLOT + 60), make.at(SLOT + 120))]


def test_repeats_and_old_results_of_a_region_change_nothing(
    session: Session, three: Monitor
) -> None:
    see(session, three, SLOT + 60, default=DOWN, north=DOWN)
    see(session, three, SLOT + 60, default=DOWN, north=DOWN)
    see(session, three, SLOT, default=UP)
    assert incidents(session) == [(make.at(SLOT + 60), None)]


def test_a_region_without_sight_neither_opens_nor_closes(session: Session, three: Monitor) -> None:
    see(session, three, SLOT + 60, default=UNKNOWN, north=UNKNOWN, south=UNKNOWN)
    assert state_of(session, three) is State.UNKNOWN
    assert incidents(session) == []


def test_regions_that_lose_their_sight_do_not_let_one_decide_that_they_spoke_against(
    session: Session, three: Monitor
) -> None:
    for minute in (1, 2, 3):
        see(session, three, SLOT + 60 * minute, default=UP, north=DOWN, south=UP)
    for minute in (4, 5, 6):
        see(session, three, SLOT + 60 * minute, default=UNKNOWN, north=DOWN, south=UNKNOWN)
    assert incidents(session) == []
    assert state_of(session, three) is State.UNKNOWN
    see(session, three, SLOT + 420, default=UP)
    assert state_of(session, three) is State.UP
    assert incidents(session) == []


def test_one_region_decides_of_an_outage_that_began_when_the_others_saw_nothing(
    session: Session, three: Monitor
) -> None:
    see(session, three, SLOT + 60, default=UNKNOWN, north=DOWN, south=UNKNOWN)
    see(session, three, SLOT + 120, north=DOWN)
    assert incidents(session) == [(make.at(SLOT + 60), None)]


def test_a_region_that_sees_again_has_one_vote_and_speaks_against_nothing_beside_it(
    session: Session, three: Monitor
) -> None:
    three.confirmations = three.confirmation_window = 3
    see(session, three, SLOT + 60, default=UNKNOWN)
    for slot in (SLOT + 120, SLOT + 180):
        see(session, three, slot, default=UNKNOWN, north=DOWN, south=DOWN)
    see(session, three, SLOT + 240, default=UP)
    see(session, three, SLOT + 240, north=DOWN, south=DOWN)
    assert incidents(session) == [(make.at(SLOT + 120), None)]


def test_a_region_that_the_monitor_left_is_history(session: Session, three: Monitor) -> None:
    monitors.change(
        session, three.organization_id, three.public_id, {"regions": ["default"]}, now=NOW
    )
    see(session, three, SLOT + 60, north=DOWN, south=DOWN)
    assert incidents(session) == []
    see(session, three, SLOT + 120, default=DOWN)
    assert len(incidents(session)) == 1
    assert session.scalars(select(MonitorRegionState)).all() == []


def test_an_open_incident_outlives_a_change_of_the_regions(
    session: Session, three: Monitor
) -> None:
    see(session, three, SLOT + 60, default=DOWN, north=DOWN)
    changes: MonitorChanges = {"regions": ["default", "south"]}
    monitors.change(session, three.organization_id, three.public_id, changes, now=NOW)
    assert incidents(session)[0][1] is None
    see(session, three, SLOT + 120, default=UP, south=UP)
    assert incidents(session)[0][1] == make.at(SLOT + 120)


def test_a_worker_that_is_there_for_years_uses_up_no_numbers(session: Session) -> None:
    """Those of a region are few, and without one a worker could check nothing any more."""
    last = text("SELECT last_value FROM regions_id_seq")
    north = regions.register(session, "north", now=NOW)
    used = session.scalar(last)
    for _ in range(100):
        assert regions.register(session, "north", now=NOW) == north
        assert regions.register(session, "default", now=NOW) == DEFAULT_REGION_ID
    assert session.scalar(last) == used


def test_a_region_is_seen_when_it_was_last_heard_of_by_any_of_its_workers(
    session: Session,
) -> None:
    regions.register(session, "north", now=NOW)
    regions.register(session, "north", now=NOW - timedelta(seconds=45))
    (north,) = [each for each in regions.all_of(session) if each.name == "north"]
    assert north.seen_at == NOW


def test_the_first_workers_of_a_region_make_it_once(committed: Engine) -> None:
    ids: list[int] = []

    def register() -> None:
        with Session(committed) as session, session.begin():
            ids.append(regions.register(session, "north", now=NOW))

    with Session(committed) as session, session.begin():
        made = regions.register(session, "north", now=NOW)
        second = Thread(target=register)
        second.start()
        second.join(0.2)
        assert ids == []
    second.join(60)
    assert ids == [made]
