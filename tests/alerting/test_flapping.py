"""A monitor that changes all the time: one message says so, and nothing that is owed is lost."""

import pytest

from domain.evaluation.outcome import Outcome
from models import Monitor, MonitorState
from models.incident import Suppression
from services.alerting.flapping import settle
from tests.alerting.world import World
from tests.services.explained import explained, without

UP, SLOW, DOWN = Outcome.UP, Outcome.DEGRADED, Outcome.DOWN


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
    assert world.incident(shop).suppressed_by is Suppression.FLAPPING
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


def events(world: World) -> list[str]:
    return [event for _, _, event in world.sent]


def test_one_that_goes_on_getting_worse_and_better_is_flapping_too(
    world: World, shop: Monitor
) -> None:
    flap(world, shop, SLOW, DOWN, SLOW, DOWN, SLOW, DOWN, SLOW, UP)
    assert events(world) == ["degraded", "down", "degraded", "flapping", "up"]


def test_one_that_is_stable_is_let_go_however_many_are_not(world: World) -> None:
    group = world.group(world.contact("Ann"))
    first, second = (
        world.monitor(name, group, flap_changes=3, flap_window_seconds=600) for name in "AB"
    )
    for each in (first, second):
        flap(world, each, DOWN, UP, DOWN, UP)
    for outcome in [DOWN, UP] * 6:
        world.minute += 1
        world.record(first, outcome)
    settle(world.session, now=world.now, limit=1)
    assert flapping(world, first)
    assert not flapping(world, second)


def test_who_flaps_is_found_without_a_look_at_who_does_not(world: World) -> None:
    connection = world.session.connection()
    without(connection, "seqscan", "bitmapscan")
    found, *_ = explained(
        connection, lambda: settle(world.session, now=world.now), "FROM monitor_states"
    )
    assert "using ix_monitor_states_flapping on monitor_states" in found


def test_what_changes_in_maintenance_is_not_told_as_flapping(world: World, shop: Monitor) -> None:
    world.maintenance(shop, minutes=10)
    flap(world, shop, *[DOWN, UP] * 5)
    world.until(11)
    assert events(world) == []
    # Nor does it keep anybody from hearing of an outage that follows.
    flap(world, shop, DOWN)
    assert events(world) == ["down"]


def test_one_that_flaps_when_maintenance_begins_is_not_called_stable_within_it(
    world: World, shop: Monitor
) -> None:
    flap(world, shop, DOWN, UP, DOWN, UP)
    world.maintenance(shop, minutes=30)
    flap(world, shop, *[DOWN, UP] * 10)
    world.until(30)
    assert "stable" not in events(world)
    world.until(40)
    assert events(world)[5:] == ["stable"]


def test_one_that_is_paused_while_it_flaps_is_told_of_when_it_is_watched_again(
    world: World, shop: Monitor
) -> None:
    flap(world, shop, DOWN, UP, DOWN, UP, DOWN)
    before = events(world)
    world.edit(shop, paused=True)
    world.until(60)
    assert events(world) == before
    world.edit(shop, paused=False)
    world.check(shop, DOWN)
    world.until(62)
    assert events(world)[len(before) :] == ["stable", "down"]


def test_one_that_is_deleted_while_it_flaps_is_let_go_at_once_and_said_to_be_deleted(
    world: World, shop: Monitor
) -> None:
    flap(world, shop, DOWN, UP, DOWN, UP)
    world.delete(shop)
    world.until(world.minute + 2)
    assert events(world)[5:] == ["stable"]
    assert world.alerts[-1].facts == (("State", "deleted"),)
    assert world.alerts[-1].is_deleted


def test_the_first_step_that_reaches_somebody_hears_of_it(world: World) -> None:
    nobody = world.contact("Nob")
    nobody.channels[0].confirmed_at = None
    policy = world.policy((0, [nobody]), (60, [world.contact("Bob")])).policy
    shop = world.monitor(
        "Shop", escalation_policy_id=policy.public_id, flap_changes=3, flap_window_seconds=600
    )
    flap(world, shop, DOWN, UP, DOWN, UP)
    assert world.sent[-1] == (3, "Bob", "flapping")


def test_where_a_step_reaches_nobody_the_fallback_hears_of_it(world: World) -> None:
    nobody = world.contact("Nob")
    nobody.channels[0].confirmed_at = None
    policy = world.policy((30, [nobody]), fallback=[world.contact("Cid")]).policy
    shop = world.monitor(
        "Shop", escalation_policy_id=policy.public_id, flap_changes=3, flap_window_seconds=600
    )
    flap(world, shop, DOWN, UP, DOWN, UP)
    assert world.sent[-1] == (3, "Cid", "flapping")


def test_one_that_is_down_only_with_its_parent_does_not_flap(world: World) -> None:
    group = world.group(world.contact("Ann"))
    router = world.monitor("Router", group)
    shop = world.monitor(
        "Shop", group, parent_ids=[router.public_id], flap_changes=3, flap_window_seconds=3600
    )
    for outcome in [DOWN, UP] * 5:
        world.until(world.minute + 1)
        world.check(router, outcome)
        world.check(shop, outcome)
    assert {alert.monitor_name for alert in world.alerts} == {"Router"}
    assert not flapping(world, shop)
