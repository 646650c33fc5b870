"""A monitor of several regions: what is dispatched, and what together they make of what they see."""

from datetime import datetime, timedelta
from time import time

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.outcome import Outcome
from domain.slots import phase_of, shard_of
from domain.state import Severity, State
from models import (
    CheckResult,
    Incident,
    Monitor,
    MonitorRegionState,
    MonitorState,
    Recheck,
    Region,
    Schedule,
)
from probes.base import ProbeResult
from services import checks, dispatch, monitor_views, monitors, regions
from services.errors import Invalid
from services.monitor_values import MonitorValues
from services.results import Observed
from tests.factories import monitors as make
from tests.factories.keys import RING
from tests.factories.organizations import organization
from tests.services.watched import DOWN, UNKNOWN, UP

SLOT = int(time()) // 60 * 60
NOW = make.at(SLOT)


@pytest.fixture
def three(session: Session) -> Monitor:
    """Watch from three regions, all of which were up."""
    for name in ("north", "south"):
        regions.register(session, name, now=NOW)
    monitor = make.monitor(
        session,
        organization(session).id,
        now=NOW - timedelta(hours=1),
        regions=["default", "north", "south"],
        confirmations=1,
    )
    see(session, monitor, SLOT, default=UP, north=UP, south=UP)
    return monitor


def see(session: Session, monitor: Monitor, slot: int, **seen: ProbeResult) -> None:
    ids = regions.ids(session, seen)
    observed = [
        Observed(
            organization_id=monitor.organization_id,
            monitor_id=monitor.id,
            region_id=ids[name],
            slot=slot,
            version=monitor.version,
            result=result,
        )
        for name, result in seen.items()
    ]
    checks.record(session, observed, now=make.at(slot))


def state_of(session: Session, monitor: Monitor) -> State:
    session.expire_all()
    return session.get_one(MonitorState, monitor.id).state


def incidents(session: Session) -> list[tuple[datetime, datetime | None]]:
    session.expire_all()
    rows = session.scalars(select(Incident).order_by(Incident.id))
    return [(row.started_at, row.ended_at) for row in rows]


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
    checks.record(session, batch, now=NOW)
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
    changes = {"regions": ["default", "south"]}
    monitors.change(session, three.organization_id, three.public_id, changes, now=NOW)
    assert incidents(session)[0][1] is None
    see(session, three, SLOT + 120, default=UP, south=UP)
    assert incidents(session)[0][1] == make.at(SLOT + 120)


def test_an_unconfirmed_failure_is_looked_at_again_from_the_next_region(
    session: Session, three: Monitor
) -> None:
    changes = {"confirmations": 2, "recheck_seconds": 5, "interval_seconds": 3600}
    monitors.change(session, three.organization_id, three.public_id, changes, now=NOW)
    regular = phase_of(three.id, 3600)
    # Right after a regular slot, so that the next one is far.
    slot = SLOT // 3600 * 3600 + regular + 3600
    see(session, three, slot, north=DOWN)
    names = regions.names(session)
    asked = [(names[each.region_id], each.slot) for each in session.scalars(select(Recheck))]
    assert asked == [("south", slot + 5)]


def test_a_region_that_sees_nothing_is_not_asked_to_look_again(
    session: Session, three: Monitor
) -> None:
    changes = {"confirmations": 2, "recheck_seconds": 5, "interval_seconds": 3600}
    monitors.change(session, three.organization_id, three.public_id, changes, now=NOW)
    slot = SLOT // 3600 * 3600 + phase_of(three.id, 3600) + 3600
    see(session, three, slot - 1, south=UNKNOWN)
    see(session, three, slot, north=DOWN)
    names = regions.names(session)
    asked = [names[each.region_id] for each in session.scalars(select(Recheck))]
    assert asked == ["default"]


def test_each_region_is_sent_each_check(session: Session, three: Monitor) -> None:
    now = int(time())
    session.query(Schedule).update({"from_slot": now - 600, "interval_seconds": 1, "phase": 0})
    shard = shard_of(three.id)
    session.connection().exec_driver_sql(
        f"UPDATE dispatch_shards SET watermark = {now - 2}, verified = {now}, closed = {now}"
        f" WHERE shard = {shard}"
    )
    claim = dispatch.claim(session, shard)
    assert claim is not None
    due = {(each.slot, each.region) for each in claim.due if each.monitor_id == three.id}
    assert {region for _, region in due} == {"default", "north", "south"}
    assert len(due) == 3 * (claim.now - (now - 2))


def test_a_slot_is_closed_for_the_regions_that_gave_nothing(
    session: Session, three: Monitor
) -> None:
    now = int(time())
    session.query(Schedule).update({"from_slot": now - 600, "interval_seconds": 1, "phase": 0})
    see(session, three, now - 100, default=UP)
    shard = shard_of(three.id)
    session.connection().exec_driver_sql(
        f"UPDATE dispatch_shards SET watermark = {now - 1}, verified = {now}, closed = {now - 101}"
        f" WHERE shard = {shard}"
    )
    dispatch.claim(session, shard)
    names = regions.names(session)
    rows = session.scalars(select(CheckResult).where(CheckResult.slot == now - 100))
    assert {names[row.region_id]: row.outcome for row in rows} == {
        "default": Outcome.UP,
        "north": Outcome.UNKNOWN,
        "south": Outcome.UNKNOWN,
    }


def test_a_stranger_to_all_regions_is_refused(session: Session) -> None:
    values = MonitorValues(name="Shop", url="https://shop.test/", regions=["default", "moon"])
    with pytest.raises(Invalid) as refused:
        monitors.create(session, organization(session).id, values, ring=RING, now=NOW)
    assert refused.value.problems == {"regions": ["There is no region moon."]}


def test_a_quorum_of_more_than_all_regions_is_refused(session: Session) -> None:
    values = MonitorValues(name="Shop", url="https://shop.test/", quorum=2)
    with pytest.raises(Invalid) as refused:
        monitors.create(session, organization(session).id, values, ring=RING, now=NOW)
    assert "quorum" in refused.value.problems


def test_a_worker_makes_its_region_known_and_is_seen(session: Session) -> None:
    first = regions.register(session, "east", now=NOW)
    assert regions.register(session, "east", now=NOW + timedelta(seconds=30)) == first
    seen = session.get_one(Region, first, populate_existing=True).seen_at
    assert seen == NOW + timedelta(seconds=30)


def test_failures_need_not_be_consecutive_where_a_window_says_so(session: Session) -> None:
    monitor = make.monitor(
        session,
        organization(session).id,
        now=NOW - timedelta(hours=1),
        confirmations=2,
        confirmation_window=3,
    )
    for number, result in enumerate((DOWN, UP, DOWN)):
        see(session, monitor, SLOT + 60 * number, default=result)
    assert incidents(session) == [(make.at(SLOT), None)]


@pytest.mark.parametrize("regions_named", [["default"], ["default", "north", "south"]], ids=len)
def test_an_outage_does_not_begin_with_failures_that_had_left_the_window(
    session: Session, three: Monitor, regions_named: list[str]
) -> None:
    monitor = make.monitor(
        session,
        three.organization_id,
        now=NOW - timedelta(hours=1),
        regions=regions_named,
        quorum=1,
        confirmations=3,
        confirmation_window=5,
    )
    # One in three fails for a while, which is no outage; then all do.
    for number, result in enumerate((DOWN, UP, UP) * 4 + (DOWN, UNKNOWN, DOWN)):
        see(session, monitor, SLOT + 60 * number, default=result)
    # The last five of which something is known begin with the tenth.
    assert incidents(session) == [(make.at(SLOT + 60 * 9), None)]
    state = session.get_one(MonitorState, monitor.id, populate_existing=True)
    assert state.since == make.at(SLOT + 60 * 9)


def test_degraded_where_it_is_worth_an_alert_is_an_incident_that_may_worsen_and_ease(
    session: Session,
) -> None:
    monitor = make.monitor(
        session,
        organization(session).id,
        now=NOW - timedelta(hours=1),
        confirmations=1,
        alert_on_degraded=True,
    )
    slow = ProbeResult(outcome=Outcome.DEGRADED, http_status=200, detail="Took 2 s.")
    for number, result in enumerate((slow, DOWN, slow, UP)):
        see(session, monitor, SLOT + 60 * number, default=result)
    rows = session.scalars(select(Incident).order_by(Incident.id)).all()
    assert [(row.severity, row.resolution) for row in rows] == [
        (Severity.DEGRADED, "worsened"),
        (Severity.DOWN, "eased"),
        (Severity.DEGRADED, "recovered"),
    ]
    assert [row.follows_id for row in rows] == [None, rows[0].id, rows[1].id]
    assert rows[1].started_at == rows[0].ended_at
