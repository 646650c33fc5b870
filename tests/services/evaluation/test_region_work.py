"""What regions are asked to do, and which there are: checks, looks again, slots that are closed."""

from datetime import timedelta
from time import time

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.evaluation.outcome import Outcome
from domain.evaluation.slots import phase_of, shard_of
from models import CheckResult, Monitor, Recheck, Region, Schedule
from services.checks import dispatch
from services.errors import Invalid
from services.monitors import monitors
from services.monitors.changes import MonitorChanges
from services.monitors.values import MonitorValues
from services.schedules import regions
from tests.factories.keys import RING
from tests.factories.organizations import organization
from tests.services.regional import NOW, SLOT, see, watched_from_three
from tests.services.watched import DOWN, UNKNOWN, UP


@pytest.fixture
def three(session: Session) -> Monitor:
    return watched_from_three(session)


def test_an_unconfirmed_failure_is_looked_at_again_from_the_next_region(
    session: Session, three: Monitor
) -> None:
    changes: MonitorChanges = {"confirmations": 2, "recheck_seconds": 5, "interval_seconds": 3600}
    monitors.change(session, three.organization_id, three.public_id, changes, now=NOW)
    regular = phase_of(three.id, 3600)
    # Right after a regular slot, so that the next one is far.
    slot = SLOT // 3600 * 3600 + regular + 3600
    see(session, three, slot, north=DOWN)
    names = regions.names(session)
    asked = [(names[each.region_id], each.due) for each in session.scalars(select(Recheck))]
    assert asked == [("south", slot + 5)]


def test_a_region_that_sees_nothing_is_not_asked_to_look_again(
    session: Session, three: Monitor
) -> None:
    changes: MonitorChanges = {"confirmations": 2, "recheck_seconds": 5, "interval_seconds": 3600}
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
    assert len(due) == 3


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
