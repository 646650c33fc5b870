"""Many at once: what goes one by one, what goes together, and what a provider that comes back is sent."""

from collections import Counter
from dataclasses import replace

import pytest

from domain.evaluation.outcome import Outcome
from models import ContactGroup, Monitor
from tests.alerting.world import SETTINGS, World

UP, DOWN = Outcome.UP, Outcome.DOWN
_MANY = 15


@pytest.fixture
def group(world: World) -> ContactGroup:
    world.settings = replace(SETTINGS, burst=3)
    return world.group(world.contact("Ann"))


@pytest.fixture
def shops(world: World, group: ContactGroup) -> list[Monitor]:
    return [world.monitor(f"Shop {number:02}", group) for number in range(_MANY)]


def each(world: World, shops: list[Monitor], outcome: Outcome) -> None:
    for shop in shops:
        world.check(shop, outcome)


def named(world: World) -> Counter[tuple[str, str]]:
    """Count what was said of whom, alone or as a part."""
    said = [part for alert in world.alerts for part in (alert.parts or (alert,))]
    return Counter((alert.monitor_name, alert.event.value) for alert in said)


def test_more_than_a_few_changes_in_a_minute_become_one_message(
    world: World, shops: list[Monitor]
) -> None:
    world.until(1)
    each(world, shops, DOWN)
    world.until(30)
    assert [(minute, event) for minute, _, event in world.sent] == [
        *[(1, "down")] * 3,
        (2, "digest"),
    ]
    assert named(world) == Counter({(shop.name, "down"): 1 for shop in shops})


def test_the_end_of_each_is_told_as_well_and_once(world: World, shops: list[Monitor]) -> None:
    world.until(1)
    each(world, shops, DOWN)
    world.until(10)
    each(world, shops, UP)
    world.until(60)
    assert Counter(event for _, _, event in world.sent) == {"down": 3, "up": 3, "digest": 2}
    assert named(world) == Counter(
        {(shop.name, event): 1 for shop in shops for event in ("down", "up")}
    )


def test_what_ends_within_the_minute_of_its_burst_is_told_as_one(
    world: World, shops: list[Monitor]
) -> None:
    world.until(1)
    each(world, shops, DOWN)
    each(world, shops, UP)
    world.until(30)
    begun = {name for name, event in named(world) if event == "down"}
    missed = {name for name, event in named(world) if event == "missed"}
    assert len(begun) == 3
    assert begun | missed == {shop.name for shop in shops}
    assert not begun & missed


def test_a_burst_to_one_team_holds_up_no_message_to_another(
    world: World, shops: list[Monitor]
) -> None:
    other = world.monitor("Other", world.group(world.contact("Bob")))
    world.until(1)
    each(world, shops, DOWN)
    world.check(other, DOWN)
    assert (1, "Bob", "down") in world.sent


def test_what_a_provider_missed_for_hours_comes_as_few_messages_that_leave_out_nothing(
    world: World, shops: list[Monitor]
) -> None:
    world.broken.add("Ann")
    for number, shop in enumerate(shops):
        world.until(world.minute + 5)
        world.check(shop, DOWN)
        if number % 2:
            world.until(world.minute + 1)
            world.check(shop, UP)
    world.until(world.minute + 120)
    world.broken.clear()
    world.until(world.minute + 60)
    assert named(world) == Counter(
        {(shop.name, "missed" if number % 2 else "down"): 1 for number, shop in enumerate(shops)}
    )
    assert all(alert.late_by for alert in world.alerts)


def test_of_a_burst_that_is_over_before_the_provider_is_back_what_was_tried_together_stays_so(
    world: World, shops: list[Monitor]
) -> None:
    world.broken.add("Ann")
    world.until(1)
    each(world, shops, DOWN)
    world.until(20)
    each(world, shops, UP)
    world.until(90)
    world.broken.clear()
    world.until(150)
    alone, together = shops[:3], shops[3:]
    assert named(world) == Counter(
        [(shop.name, "missed") for shop in alone]
        + [(shop.name, event) for shop in together for event in ("down", "up")]
    )


def test_of_a_burst_that_is_over_in_part_each_end_is_told_once_after_its_beginning(
    world: World, shops: list[Monitor]
) -> None:
    world.broken.add("Ann")
    world.until(1)
    each(world, shops, DOWN)
    world.until(20)
    each(world, shops[::2], UP)
    world.until(90)
    world.broken.clear()
    world.until(150)
    over_alone, over_together, still_down = (shops[0], shops[2]), shops[4::2], shops[1::2]
    assert named(world) == Counter(
        [(shop.name, "missed") for shop in over_alone]
        + [(shop.name, event) for shop in over_together for event in ("down", "up")]
        + [(shop.name, "down") for shop in still_down]
    )
