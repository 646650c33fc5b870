"""The failures of peers that concern alerting, by number, where no other file here has them.

docs/development/alerting-scenarios.md says for each number what peers do, our rule, and the tests.
"""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from domain.evaluation.outcome import Outcome
from domain.evaluation.slots import phase_of
from domain.evaluation.state import State
from models import (
    ContactGroup,
    Delivery,
    DispatchShard,
    Monitor,
    MonitorState,
    Recheck,
)
from models.delivery import DeliveryState
from services.analytics import uptime
from services.checks import dispatch
from services.maintenance import windows as maintenance_windows
from services.maintenance.windows import WindowValues
from services.monitors import views as monitor_views
from services.schedules import regions
from services.time_range import Window
from tests.alerting.world import MINUTE, World

UP, DOWN, UNKNOWN = Outcome.UP, Outcome.DOWN, Outcome.UNKNOWN


@pytest.fixture
def shop(world: World, group: ContactGroup) -> Monitor:
    return world.monitor("Shop", group)


def state_of(world: World, monitor: Monitor) -> State:
    return world.session.get_one(MonitorState, monitor.id, populate_existing=True).state


def minutes_of(world: World, monitor: Monitor, outcomes: list[Outcome]) -> None:
    """Let one check a minute come in."""
    for outcome in outcomes:
        world.until(world.minute + 1)
        world.check(monitor, outcome)


def test_peer_01_trouble_of_our_own_alerts_nobody_however_long(world: World, shop: Monitor) -> None:
    minutes_of(world, shop, [UNKNOWN] * 60)
    assert state_of(world, shop) is State.UNKNOWN
    minutes_of(world, shop, [UP])
    assert world.sent == []


def test_peer_01_trouble_of_our_own_neither_confirms_an_outage_nor_ends_it(
    world: World, group: ContactGroup
) -> None:
    shop = world.monitor("Shop", group, confirmations=2, recoveries=2)
    minutes_of(world, shop, [DOWN, UNKNOWN, UNKNOWN, UP])
    assert world.sent == []
    minutes_of(world, shop, [DOWN, UNKNOWN, DOWN])
    assert world.sent == [(7, "Ann", "down")]
    minutes_of(world, shop, [UP, UNKNOWN, DOWN, UP, UNKNOWN, UP])
    assert world.sent == [(7, "Ann", "down"), (13, "Ann", "up")]


def test_peer_01_a_database_that_fails_while_an_outage_is_written_loses_and_doubles_nothing(
    world: World, shop: Monitor
) -> None:
    world.until(1)
    lost = world.session.begin_nested()
    world.record(shop, DOWN)
    lost.rollback()
    world.until(2)
    assert world.sent == []
    world.check(shop, DOWN)
    world.until(5)
    assert world.sent == [(2, "Ann", "down")]


def test_peer_05_a_monitor_whose_checks_stop_is_unknown_and_not_up(session: Session) -> None:
    # A dispatcher reads no clock but the database's, so this one scenario happens now.
    now = session.scalar(select(func.date_trunc("minute", func.clock_timestamp())))
    assert now is not None
    world = World(session, start=now - 10 * MINUTE)
    shop = world.monitor("Shop", world.group(world.contact("Ann")))
    seen_until = int(world.now.timestamp())
    session.query(DispatchShard).update(
        {"watermark": seen_until, "verified": seen_until, "closed": seen_until}
    )
    for shard in range(session.query(DispatchShard).count()):
        dispatch.claim(session, shard)
    assert state_of(world, shop) is State.UNKNOWN
    world.until(10)
    assert world.sent == []


@pytest.mark.parametrize(
    ("night", "begins"),
    [
        (datetime(2026, 3, 28, 20, 0, tzinfo=UTC), datetime(2026, 3, 29, 1, 0, tzinfo=UTC)),
        (datetime(2026, 10, 24, 20, 0, tzinfo=UTC), datetime(2026, 10, 25, 2, 0, tzinfo=UTC)),
    ],
    ids=["clocks go forward", "clocks go back"],
)
def test_peer_08_a_weekly_window_is_at_its_local_time_also_when_clocks_change(
    session: Session, night: datetime, begins: datetime
) -> None:
    world = World(session, start=night)
    shop = world.monitor("Shop", world.group(world.contact("Ann")))
    weeks_ago = (night - timedelta(days=14)).date()
    values = WindowValues(
        name="Sunday at 3",
        time_zone="Europe/Berlin",
        local_start=datetime(weeks_ago.year, weeks_ago.month, weeks_ago.day + 1, 3, 0),  # noqa: DTZ001 - a wall clock's
        duration_seconds=3600,
        recurrence="FREQ=WEEKLY;BYDAY=SU",
        monitor_ids=[shop.public_id],
    )
    maintenance_windows.create(session, world.organization_id, values, now=world.now)
    first = int((begins - night) / MINUTE)
    for minute, outcome in ((-2, DOWN), (-1, UP), (1, DOWN), (2, UP), (59, DOWN)):
        world.until(first + minute)
        world.check(shop, outcome)
    world.until(first + 90)
    notified = [(minute - first, event) for minute, _, event in world.sent]
    assert notified == [(-2, "down"), (-1, "up"), (60, "down")]


def test_peer_09_who_is_told_is_written_with_what_there_is_to_tell(
    world: World, shop: Monitor
) -> None:
    world.record(shop, DOWN)
    (message,) = world.session.scalars(select(Delivery)).all()
    assert message.incident_id == world.incident(shop).id


def test_peer_10_checks_go_on_while_nothing_can_be_sent(world: World, shop: Monitor) -> None:
    for outcome in (DOWN, UP, DOWN):
        world.minute += 1
        world.record(shop, outcome)
    states = world.session.scalars(select(Delivery.state)).all()
    assert set(states) == {DeliveryState.PENDING}
    assert state_of(world, shop) is State.DOWN
    world.relay()
    assert [event for _, _, event in world.sent] == ["missed", "down"]


def test_peer_12_a_run_of_failures_goes_on_after_a_restart_and_is_told_once(
    world: World, group: ContactGroup
) -> None:
    shop = world.monitor("Shop", group, confirmations=3)
    for _ in range(6):
        minutes_of(world, shop, [DOWN])
        restart(world)
    assert world.sent == [(3, "Ann", "down")]
    assert world.incident(shop).started_at == world.start + MINUTE
    minutes_of(world, shop, [UP])
    assert [event for _, _, event in world.sent] == ["down", "up"]


def test_peer_12_who_restarts_does_not_check_everything_at_once(
    world: World, group: ContactGroup
) -> None:
    phases = {phase_of(world.unseen(f"Shop {number}", group).id, 60) for number in range(20)}
    assert len(phases) > 5


def restart(world: World) -> None:
    """Forget whatever a process could remember."""
    world.session.flush()
    world.session.expunge_all()


def test_peer_14_what_was_never_confirmed_costs_no_uptime(
    world: World, group: ContactGroup
) -> None:
    shop = world.monitor("Shop", group, confirmations=2)
    minutes_of(world, shop, [DOWN, UP] * 15)
    assert world.sent == []
    window = Window(world.start, world.now)
    assert uptime.of_monitor(world.session, shop, window, now=world.now).percent == 100


def test_peer_14_what_was_told_is_what_counts_as_down(world: World, group: ContactGroup) -> None:
    shop = world.monitor("Shop", group, confirmations=2)
    minutes_of(world, shop, [UP] * 9 + [DOWN] * 10 + [UP] * 10)
    assert world.sent == [(11, "Ann", "down"), (20, "Ann", "up")]
    counted = uptime.of_monitor(world.session, shop, Window(world.start, world.now), now=world.now)
    assert counted.down == timedelta(minutes=10).total_seconds()


@pytest.fixture
def spread(world: World, group: ContactGroup) -> Monitor:
    """Watch from three regions, all of which were up."""
    names = ["default", "north", "south"]
    for name in names[1:]:
        regions.register(world.session, name, now=world.now)
    shop = world.unseen("Shop", group, regions=names)
    for name in names:
        world.check(shop, UP, region=name)
    return shop


def test_peer_15_one_region_that_sees_an_outage_is_shown_and_not_told(
    world: World, spread: Monitor
) -> None:
    world.until(1)
    world.check(spread, DOWN, region="north")
    world.until(60)
    assert world.sent == []
    view = monitor_views.find(world.session, world.organization_id, spread.public_id)
    advisory = [(each.name, each.state) for each in view.region_states if each.is_advisory]
    assert advisory == [("north", State.DOWN)]
    world.check(spread, DOWN, region="south")
    assert world.sent == [(60, "Ann", "down")]


def test_peer_24_a_monitor_is_pending_before_its_first_check_and_its_first_success_is_no_news(
    world: World, group: ContactGroup
) -> None:
    shop = world.unseen("Shop", group)
    assert state_of(world, shop) is State.PENDING
    world.check(shop, UP)
    assert state_of(world, shop) is State.UP
    assert world.sent == []


def test_peer_24_one_that_fails_from_the_first_check_on_is_told(
    world: World, group: ContactGroup
) -> None:
    shop = world.unseen("Shop", group)
    world.check(shop, DOWN)
    assert world.sent == [(0, "Ann", "down")]


def test_peer_25_one_region_is_enough_to_begin_and_to_end(
    world: World, group: ContactGroup
) -> None:
    shop = world.monitor("Shop", group, regions=["default"], quorum=1)
    minutes_of(world, shop, [DOWN, UP])
    assert world.sent == [(1, "Ann", "down"), (2, "Ann", "up")]


def test_peer_25_a_region_that_was_taken_away_does_not_keep_an_outage_open(
    world: World, spread: Monitor
) -> None:
    world.until(1)
    for name in ("north", "south"):
        world.check(spread, DOWN, region=name)
    world.until(2)
    world.edit(spread, regions=["default"])
    world.check(spread, UP)
    assert world.sent == [(1, "Ann", "down"), (2, "Ann", "up")]


def test_peer_27_a_failure_is_looked_at_again_from_another_region_before_anybody_is_told(
    world: World, spread: Monitor
) -> None:
    world.edit(spread, confirmations=2, interval_seconds=86_400, recheck_seconds=60)
    world.until(1)
    world.check(spread, DOWN, region="north")
    asked = world.session.scalars(select(Recheck.region_id)).all()
    assert asked
    assert regions.ids(world.session, ["north"])["north"] not in asked
    world.until(60)
    assert world.sent == []


def test_peer_28_one_message_that_cannot_be_sent_keeps_no_other_from_being_sent(
    world: World,
) -> None:
    shop = world.monitor("Shop", world.group(world.contact("Ann"), world.contact("Bob")))
    world.broken.add("Ann")
    world.check(shop, DOWN)
    world.until(1)
    world.check(shop, UP)
    assert world.sent == [(0, "Bob", "down"), (1, "Bob", "up")]
    world.broken.clear()
    world.until(60)
    assert [event for _, name, event in world.sent if name == "Ann"] == ["missed"]
