"""A monitor that changes all the time: one message says so, and nothing that is owed is lost."""

import pytest

from domain.outcome import Outcome
from models import Monitor, MonitorState
from models.incident import Hold
from tests.alerting.world import World

UP, DOWN = Outcome.UP, Outcome.DOWN


@pytest.fixture
def shop(world: World) -> Monitor:
    """Watch a monitor that may change three times within ten minutes."""
    group = world.group(world.contact("Ann"))
    return world.monitor("Shop", group, flap_changes=3, flap_window_seconds=600)


def flap(world: World, shop: Monitor, *outcomes: Outcome) -> None:
    for outcome in outcomes:
        world.check(shop, outcome)
        world.until(world.minute + 1)


def flapping(world: World, shop: Monitor) -> bool:
    state = world.session.get_one(MonitorState, shop.id, populate_existing=True)
    return state.flapping_since is not None


def test_the_change_that_is_one_too_many_is_told_with_what_was_owed(
    world: World, shop: Monitor
) -> None:
    flap(world, shop, DOWN, UP, DOWN, UP)
    assert world.sent == [
        (0, "Ann", "down"),
        (1, "Ann", "up"),
        (2, "Ann", "down"),
        (3, "Ann", "up"),
        (3, "Ann", "flapping"),
    ]


def test_outages_while_flapping_are_recorded_and_not_told(world: World, shop: Monitor) -> None:
    flap(world, shop, DOWN, UP, DOWN, UP, DOWN, UP, DOWN)
    assert [event for _, _, event in world.sent if event != "flapping"] == ["down", "up"] * 2
    assert world.incident(shop).ended_at is None
    assert world.incident(shop).held_by is Hold.FLAPPING
    assert flapping(world, shop)


def test_who_was_told_of_the_outage_in_which_it_began_hears_of_its_end(world: World) -> None:
    group = world.group(world.contact("Ann"))
    shop = world.monitor("Shop", group, flap_changes=2, flap_window_seconds=600)
    flap(world, shop, DOWN, UP, DOWN)
    # The third change is one too many, so the outage that it began is not told.
    assert [event for _, _, event in world.sent] == ["down", "up", "flapping"]
    flap(world, shop, UP)
    assert [event for _, _, event in world.sent] == ["down", "up", "flapping"]


def test_a_monitor_that_is_stable_again_is_told_so_once(world: World, shop: Monitor) -> None:
    flap(world, shop, DOWN, UP, DOWN, UP)
    world.until(40)
    assert [event for _, _, event in world.sent].count("stable") == 1
    assert not flapping(world, shop)


def test_an_outage_that_goes_on_is_told_when_the_flapping_is_over(
    world: World, shop: Monitor
) -> None:
    flap(world, shop, DOWN, UP, DOWN, UP, DOWN)
    world.until(40)
    assert [event for _, _, event in world.sent[5:]] == ["stable", "down"]
    flap(world, shop, UP)
    assert world.sent[-1][2] == "up"


def test_it_begins_again_with_another_message(world: World, shop: Monitor) -> None:
    flap(world, shop, DOWN, UP, DOWN, UP)
    world.until(40)
    flap(world, shop, DOWN, UP, DOWN, UP)
    assert [event for _, _, event in world.sent].count("flapping") == 2


def test_without_a_limit_each_change_is_told(world: World) -> None:
    group = world.group(world.contact("Ann"))
    shop = world.monitor("Shop", group, flap_changes=None)
    flap(world, shop, *[DOWN, UP] * 8)
    assert [event for _, _, event in world.sent] == ["down", "up"] * 8
