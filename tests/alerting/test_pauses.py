"""Monitors that are paused while they are down: nobody is told more, until a look says how it is."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from domain.evaluation.outcome import Outcome
from models import Contact, IncidentNote, Monitor, Recheck
from models.incident import Suppression
from tests.alerting.world import World

UP, DOWN, UNKNOWN = Outcome.UP, Outcome.DOWN, Outcome.UNKNOWN


@pytest.fixture
def ann(world: World) -> Contact:
    return world.contact("Ann")


@pytest.fixture
def bob(world: World) -> Contact:
    return world.contact("Bob")


@pytest.fixture
def shop(world: World, ann: Contact, bob: Contact) -> Monitor:
    """Watch a monitor that tells Ann at once, Bob after ten minutes, and reminds after 30."""
    policy = world.policy((10, [bob])).policy
    policy.name = "Day"
    return world.monitor(
        "Shop", world.group(ann), reminder_minutes=30, escalation_policy_id=policy.public_id
    )


def pause(world: World, shop: Monitor, minute: int, until: int) -> None:
    """Pause it when it is down, and watch it again."""
    world.check(shop, DOWN)
    world.until(minute)
    world.edit(shop, paused=True)
    world.until(until)
    world.edit(shop, paused=False)


def test_steps_and_reminders_rest_while_it_is_paused(world: World, shop: Monitor) -> None:
    world.check(shop, DOWN)
    world.until(5)
    world.edit(shop, paused=True)
    assert world.incident(shop).suppressed_by is Suppression.PAUSED
    world.until(300)
    assert world.sent == [(0, "Ann", "down")]
    assert world.incident(shop).ended_at is None
    assert world.incident(shop).next_at is None


def test_what_came_due_meanwhile_happens_once_when_a_look_says_that_it_is_still_down(
    world: World, shop: Monitor
) -> None:
    pause(world, shop, 5, until=90)
    world.until(92)
    world.check(shop, DOWN)
    world.until(94)
    assert world.sent == [(0, "Ann", "down"), (93, "Bob", "down"), (93, "Ann", "reminder 1")]
    assert world.incident(shop).suppressed_by is None


def test_one_that_came_back_during_the_pause_tells_its_end_and_nothing_else(
    world: World, shop: Monitor
) -> None:
    pause(world, shop, 5, until=90)
    world.until(92)
    world.check(shop, UP)
    world.until(200)
    assert world.sent == [(0, "Ann", "down"), (92, "Ann", "up")]


def test_a_look_is_asked_for_at_once(world: World, shop: Monitor) -> None:
    pause(world, shop, 5, until=90)
    asked = world.session.scalars(select(Recheck).where(Recheck.monitor_id == shop.id)).all()
    assert [each.due for each in asked] == [int(world.now.timestamp()) + 1]


@pytest.mark.parametrize("outcome", [None, UNKNOWN])
def test_one_at_which_nobody_can_look_is_told_of_after_five_minutes(
    world: World, shop: Monitor, outcome: Outcome | None
) -> None:
    pause(world, shop, 5, until=90)
    world.until(91)
    if outcome:
        world.check(shop, outcome)
    world.until(120)
    assert world.sent == [(0, "Ann", "down"), (95, "Bob", "down"), (95, "Ann", "reminder 1")]


def test_one_that_is_coming_back_slowly_is_not_told_to_be_down(world: World, shop: Monitor) -> None:
    world.edit(shop, recoveries=6)
    pause(world, shop, 5, until=90)
    for minute in range(91, 97):
        world.until(minute)
        world.check(shop, UP)
    world.until(200)
    assert world.sent == [(0, "Ann", "down"), (96, "Ann", "up")]


def test_one_that_never_quite_comes_back_is_told_of_after_that_time(
    world: World, shop: Monitor
) -> None:
    world.edit(shop, recoveries=6)
    pause(world, shop, 5, until=90)
    world.until(91)
    world.check(shop, UP)
    world.until(120)
    assert world.sent == [(0, "Ann", "down"), (99, "Bob", "down"), (99, "Ann", "reminder 1")]


def test_the_timeline_says_so(world: World, shop: Monitor) -> None:
    pause(world, shop, 5, until=90)
    world.check(shop, DOWN)
    world.until(91)
    notes = world.session.scalars(
        select(IncidentNote)
        .where(IncidentNote.incident_id == world.incident(shop).id)
        .order_by(IncidentNote.id)
    )
    kinds = [(note.kind, (note.at - world.start) / timedelta(minutes=1)) for note in notes]
    assert ("suppressed", 5) in kinds
    assert ("released", 91) in kinds


def test_nobody_waits_for_a_look_that_takes_care_already(world: World, shop: Monitor) -> None:
    world.check(shop, DOWN)
    world.acknowledge(shop)
    world.until(5)
    world.edit(shop, paused=True)
    assert world.incident(shop).suppressed_by is None
    world.until(90)
    world.edit(shop, paused=False)
    world.check(shop, DOWN)
    world.until(200)
    assert world.sent == [(0, "Ann", "down")]


def test_one_that_was_held_before_it_was_paused_is_so_again_afterwards(
    world: World, ann: Contact
) -> None:
    group = world.group(ann)
    router = world.monitor("Router", group)
    shop = world.monitor("Shop", group, parent_ids=[router.public_id])
    world.check(router, DOWN)
    world.check(shop, DOWN)
    assert world.incident(shop).suppressed_by is Suppression.PARENT
    world.until(1)
    world.edit(shop, paused=True)
    assert world.incident(shop).suppressed_by is Suppression.PAUSED
    world.until(60)
    world.edit(shop, paused=False)
    world.check(shop, DOWN)
    world.until(62)
    assert world.incident(shop).suppressed_by is Suppression.PARENT
    assert [alert.monitor_name for alert in world.alerts] == ["Router"]


def test_what_is_deleted_while_it_is_paused_is_told_to_who_knew(
    world: World, shop: Monitor
) -> None:
    world.check(shop, DOWN)
    world.until(5)
    world.edit(shop, paused=True)
    world.until(60)
    world.delete(shop)
    world.until(90)
    assert world.sent == [(0, "Ann", "down"), (60, "Ann", "ended")]


def test_a_policy_that_it_gets_while_it_is_paused_begins_afterwards(
    world: World, shop: Monitor
) -> None:
    night = world.policy((0, [world.contact("Cid")])).policy.public_id
    world.check(shop, DOWN)
    world.until(5)
    world.edit(shop, paused=True, escalation_policy_id=night)
    world.until(20)
    assert world.sent == [(0, "Ann", "down")]
    world.edit(shop, paused=False)
    world.check(shop, DOWN)
    world.until(25)
    assert world.sent == [(0, "Ann", "down"), (21, "Cid", "down")]
