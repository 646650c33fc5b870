"""How long a child waits for looks at it and at its parents, when those are late or say nothing."""

import pytest
from sqlalchemy import delete

from domain.evaluation.outcome import Outcome
from models import ContactGroup, Monitor, Recheck
from models.incident import Suppression
from services.schedules import regions
from tests.alerting.parents import rechecks, told_of
from tests.alerting.world import World

UP, DOWN, UNKNOWN = Outcome.UP, Outcome.DOWN, Outcome.UNKNOWN


@pytest.fixture
def shop(world: World, group: ContactGroup, router: Monitor) -> Monitor:
    return world.monitor("Shop", group, parent_ids=[router.public_id])


def test_a_look_that_could_not_tell_is_none(world: World, router: Monitor, shop: Monitor) -> None:
    world.check(router, DOWN)
    world.check(shop, DOWN)
    world.until(10)
    world.check(router, UP)
    world.until(11)
    world.check(shop, UNKNOWN)
    world.until(13)
    assert told_of(world, shop) == []
    world.check(shop, UP)
    world.until(60)
    assert told_of(world, shop) == []


def test_a_child_of_several_regions_is_looked_at_from_as_many_as_its_outage_takes(
    world: World, group: ContactGroup, router: Monitor
) -> None:
    names = ["default", "eu", "us"]
    for name in names[1:]:
        regions.register(world.session, name, now=world.now)
    shop = world.unseen("Shop", group, parent_ids=[router.public_id], regions=names)
    for name in names:
        world.check(shop, UP, region=name)
    world.check(router, DOWN)
    for name in names:
        world.check(shop, DOWN, region=name)
    world.until(10)
    world.check(router, UP)
    world.until(11)
    world.check(shop, UP, region="default")
    world.until(13)
    assert told_of(world, shop) == []
    world.check(shop, UP, region="eu")
    world.until(60)
    assert told_of(world, shop) == []


def test_after_a_window_the_parent_is_looked_at_before_its_child_is_told(
    world: World, router: Monitor, shop: Monitor
) -> None:
    world.maintenance(shop, minutes=30)
    world.until(5)
    world.check(shop, DOWN)
    world.until(30)
    assert world.incident(shop).suppressed_by is Suppression.PARENT_UNKNOWN
    assert rechecks(world, router) == 1
    world.check(router, DOWN)
    world.until(60)
    assert told_of(world, shop) == []


def test_after_a_window_a_parent_of_which_nobody_can_say_anything_is_waited_for_as_ever(
    world: World, shop: Monitor
) -> None:
    world.maintenance(shop, minutes=30)
    world.until(5)
    world.check(shop, DOWN)
    world.until(60)
    assert [event for _, event in told_of(world, shop)] == ["down"]
    assert 31 <= told_of(world, shop)[0][0] <= 35


def test_a_child_that_missed_the_return_of_its_parent_is_looked_at_all_the_same(
    world: World, router: Monitor, shop: Monitor
) -> None:
    world.check(router, DOWN)
    world.check(shop, DOWN)
    world.until(10)
    world.check(router, UP)
    # As if somebody else had worked on the child in that moment, or the look had been lost.
    world.session.execute(delete(Recheck).where(Recheck.monitor_id == shop.id))
    world.until(11)
    assert world.incident(shop).suppressed_by is Suppression.PARENT
    assert rechecks(world, shop) == 1


def test_a_child_that_is_just_coming_back_is_left_to_its_own_rechecks(
    world: World, router: Monitor, shop: Monitor
) -> None:
    world.edit(shop, recoveries=3)
    world.check(router, DOWN)
    world.check(shop, DOWN)
    world.until(10)
    world.check(router, UP)
    world.until(11)
    world.check(shop, UP)
    world.session.execute(delete(Recheck).where(Recheck.monitor_id == shop.id))
    world.until(12)
    assert world.incident(shop).suppressed_by is Suppression.PARENT
    assert rechecks(world, shop) == 0


def test_a_reminder_does_not_wait_for_a_look_at_a_parent(
    world: World, group: ContactGroup, router: Monitor
) -> None:
    shop = world.monitor("Shop", group, parent_ids=[router.public_id], reminder_minutes=10)
    world.check(router, UP)
    world.check(shop, DOWN)
    world.until(5)
    world.check(router, UNKNOWN)
    world.until(10)
    assert told_of(world, shop) == [(0, "down"), (10, "reminder 1")]


def test_the_message_of_a_parent_does_not_name_a_child_that_was_told(
    world: World, group: ContactGroup, router: Monitor, shop: Monitor
) -> None:
    world.check(router, UP)
    world.check(shop, DOWN)
    world.until(5)
    world.monitor("Cart", group, parent_ids=[router.public_id])
    world.check(router, DOWN)
    assert told_of(world, shop) == [(0, "down")]
    assert [alert.also_down for alert in world.alerts] == [(), ()]


def test_a_return_that_took_long_to_believe_is_one_all_the_same(
    world: World, group: ContactGroup
) -> None:
    slowly = {"recoveries": 3, "recheck_seconds": 180, "interval_seconds": 600}
    router = world.monitor("Router", group, **slowly)
    shop = world.monitor("Shop", group, parent_ids=[router.public_id])
    world.check(router, DOWN)
    world.check(shop, DOWN)
    for minute in (10, 13, 16):
        world.until(minute)
        world.check(router, UP)
    world.until(17)
    assert told_of(world, router) == [(0, "down"), (16, "up")]
    assert told_of(world, shop) == []


def test_the_message_of_a_parent_does_not_name_a_child_that_nobody_watches(
    world: World, router: Monitor, shop: Monitor
) -> None:
    world.maintenance(shop, minutes=30)
    world.check(shop, DOWN)
    world.edit(shop, paused=True)
    world.until(5)
    world.check(router, DOWN)
    assert [(alert.monitor_name, alert.also_down) for alert in world.alerts] == [("Router", ())]
