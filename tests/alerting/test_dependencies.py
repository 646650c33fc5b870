"""Monitors that depend on others: whose outage is told, whichever is noticed first."""

import pytest

from domain.evaluation.outcome import Outcome
from models import ContactGroup, Monitor
from models.incident import Suppression
from tests.alerting.parents import notified, rechecks
from tests.alerting.world import World

UP, DOWN, UNKNOWN = Outcome.UP, Outcome.DOWN, Outcome.UNKNOWN


@pytest.fixture
def shop(world: World, group: ContactGroup, router: Monitor) -> Monitor:
    return world.monitor("Shop", group, parent_ids=[router.public_id])


def test_a_child_that_fails_before_its_parent_is_not_told(
    world: World, router: Monitor, shop: Monitor
) -> None:
    world.until(1)
    world.check(shop, DOWN)
    assert world.incident(shop).suppressed_by is Suppression.PARENT_UNKNOWN
    world.check(router, DOWN)
    world.until(2)
    assert world.incident(shop).suppressed_by is Suppression.PARENT
    world.until(30)
    world.check(router, UP)
    world.check(shop, UP)
    world.until(60)
    assert notified(world) == [(1, "Router", "down"), (30, "Router", "up")]


def test_a_look_at_the_parent_is_asked_for_once_and_answers_the_question(
    world: World, router: Monitor, shop: Monitor
) -> None:
    world.until(1)
    world.check(shop, DOWN)
    assert rechecks(world, router) == 1
    world.sweep()
    assert rechecks(world, router) == 1
    world.check(router, UP)
    world.until(2)
    assert notified(world) == [(2, "Shop", "down")]


def test_many_children_ask_for_one_look(world: World, group: ContactGroup) -> None:
    router = world.monitor("Router", group)
    children = [
        world.monitor(f"Shop {number}", group, parent_ids=[router.public_id]) for number in range(5)
    ]
    world.until(1)
    for child in children:
        world.check(child, DOWN)
    assert rechecks(world, router) == 1


def test_a_child_is_told_at_once_if_its_parent_was_seen_to_be_fine(
    world: World, router: Monitor, shop: Monitor
) -> None:
    world.until(1)
    world.edit(shop, confirmations=2)
    world.check(shop, DOWN)
    world.check(router, UP)
    world.check(router, UP)
    world.until(2)
    world.check(shop, DOWN)
    assert notified(world) == [(2, "Shop", "down")]


def test_a_child_is_told_if_nobody_can_say_how_its_parent_is(
    world: World, router: Monitor, shop: Monitor
) -> None:
    world.until(1)
    world.check(router, UNKNOWN)
    world.check(shop, DOWN)
    assert notified(world) == []
    world.until(10)
    assert [(name, event) for _, name, event in notified(world)] == [("Shop", "down")]
    assert notified(world)[0][0] <= 6


def test_a_child_that_failed_first_waits_while_its_parent_is_being_confirmed(
    world: World, router: Monitor, shop: Monitor
) -> None:
    world.edit(router, confirmations=2, recheck_seconds=60)
    world.until(1)
    world.check(shop, DOWN)
    world.check(router, DOWN)
    assert notified(world) == []
    world.until(2)
    world.check(router, DOWN)
    world.until(30)
    assert notified(world) == [(2, "Router", "down")]


def test_peer_06_a_child_that_was_told_gets_its_end_while_the_parent_is_down(
    world: World, router: Monitor, shop: Monitor
) -> None:
    world.check(router, UP)
    world.check(shop, DOWN)
    world.until(5)
    world.check(router, DOWN)
    world.until(10)
    world.check(shop, UP)
    assert (10, "Shop", "up") in notified(world)


def test_a_child_that_recovers_unnoticed_says_nothing(
    world: World, router: Monitor, shop: Monitor
) -> None:
    world.check(router, DOWN)
    world.check(shop, DOWN)
    world.until(5)
    world.check(shop, UP)
    world.until(10)
    world.check(router, UP)
    world.until(60)
    assert notified(world) == [(0, "Router", "down"), (10, "Router", "up")]


def test_after_the_parent_came_back_its_children_are_looked_at_before_they_are_told(
    world: World, router: Monitor, shop: Monitor
) -> None:
    world.check(router, DOWN)
    world.check(shop, DOWN)
    world.until(10)
    world.check(router, UP)
    assert rechecks(world, shop) == 1
    world.until(11)
    assert world.incident(shop).suppressed_by is Suppression.PARENT
    world.check(shop, UP)
    world.until(60)
    assert notified(world) == [(0, "Router", "down"), (10, "Router", "up")]


def test_a_child_that_is_just_coming_back_with_its_parent_is_not_told(
    world: World, router: Monitor, shop: Monitor
) -> None:
    world.edit(shop, recoveries=2)
    world.check(router, DOWN)
    world.check(shop, DOWN)
    world.until(10)
    world.check(router, UP)
    world.until(11)
    world.check(shop, UP)
    world.until(12)
    world.check(shop, UP)
    world.until(60)
    assert notified(world) == [(0, "Router", "down"), (10, "Router", "up")]


def test_a_whole_chain_falls_silent_by_looking_one_step_up(
    world: World, group: ContactGroup, router: Monitor, shop: Monitor
) -> None:
    cart = world.monitor("Cart", group, parent_ids=[shop.public_id])
    for monitor in (cart, shop, router):
        world.check(monitor, DOWN)
    world.until(30)
    assert [name for _, name, _ in notified(world)] == ["Router"]


def test_one_of_several_parents_is_enough(
    world: World, group: ContactGroup, router: Monitor
) -> None:
    other = world.monitor("Other", group)
    shop = world.monitor("Shop", group, parent_ids=[router.public_id, other.public_id])
    world.check(other, DOWN)
    world.check(router, UP)
    world.check(shop, DOWN)
    world.until(30)
    assert [name for _, name, _ in notified(world)] == ["Other"]


def test_a_parent_that_is_degraded_explains_nothing(
    world: World, router: Monitor, shop: Monitor
) -> None:
    world.check(router, Outcome.DEGRADED)
    world.check(router, Outcome.DEGRADED)
    world.check(shop, DOWN)
    world.until(10)
    assert [(name, event) for _, name, event in notified(world)] == [
        ("Router", "degraded"),
        ("Shop", "down"),
    ]


@pytest.mark.parametrize("act", ["pause", "delete", "unlink"])
def test_a_parent_that_is_paused_deleted_or_left_holds_nothing(
    world: World, router: Monitor, shop: Monitor, act: str
) -> None:
    world.check(router, DOWN)
    world.check(shop, DOWN)
    world.until(5)
    match act:
        case "pause":
            world.edit(router, paused=True)
        case "delete":
            world.delete(router)
        case "unlink":
            world.edit(shop, parent_ids=[])
    world.until(7)
    assert [event for _, name, event in notified(world) if name == "Shop"] == ["down"]


def test_the_message_of_a_parent_names_the_children_that_are_down(
    world: World, group: ContactGroup, router: Monitor, shop: Monitor
) -> None:
    world.monitor("Fine", group, parent_ids=[router.public_id])
    world.until(1)
    world.check(shop, DOWN)
    world.check(router, DOWN)
    assert [(alert.monitor_name, alert.also_down) for alert in world.alerts] == [
        ("Router", ("Shop",))
    ]


def test_a_heartbeat_as_a_parent_is_not_waited_for(world: World, group: ContactGroup) -> None:
    job = world.monitor("Job", group, kind="heartbeat", url=None, settings={"period_seconds": 3600})
    shop = world.monitor("Shop", group, parent_ids=[job.public_id])
    world.until(1)
    world.check(shop, DOWN)
    assert notified(world) == [(1, "Shop", "down")]
