"""Policies that are edited in the middle of an incident: what comes next is what they say now."""

import pytest

from domain.evaluation.outcome import Outcome
from models import Contact, Monitor
from models.escalation_policy import TargetKind
from services.escalation.targets import PolicyTarget
from services.escalation.views import PolicyView, Step
from tests.alerting.world import World

UP, DOWN = Outcome.UP, Outcome.DOWN


@pytest.fixture
def ann(world: World) -> Contact:
    return world.contact("Ann")


@pytest.fixture
def bob(world: World) -> Contact:
    return world.contact("Bob")


def step(wait: int, contact: Contact) -> Step:
    return Step(wait_minutes=wait, targets=[PolicyTarget(TargetKind.CONTACT, contact.public_id)])


def down(world: World, policy: PolicyView, **values: object) -> Monitor:
    shop = world.monitor("Shop", escalation_policy_id=policy.policy.public_id, **values)
    world.check(shop, DOWN)
    world.until(5)
    return shop


def test_a_wait_that_is_made_shorter_is_waited_no_longer(
    world: World, ann: Contact, bob: Contact
) -> None:
    policy = world.policy((0, [ann]), (60, [bob]))
    down(world, policy)
    world.change(policy, steps=[step(0, ann), step(10, bob)])
    world.until(90)
    assert world.sent == [(0, "Ann", "down"), (10, "Bob", "down")]


def test_a_step_that_is_added_after_the_last_is_taken(
    world: World, ann: Contact, bob: Contact
) -> None:
    policy = world.policy((0, [ann]))
    down(world, policy)
    world.change(policy, steps=[step(0, ann), step(10, bob)])
    world.until(90)
    assert world.sent == [(0, "Ann", "down"), (15, "Bob", "down")]


def test_a_round_that_is_added_after_the_last_is_gone_through(world: World, ann: Contact) -> None:
    policy = world.policy((0, [ann]))
    down(world, policy)
    world.change(policy, repeats=1, repeat_minutes=20)
    world.until(90)
    assert world.sent == [(0, "Ann", "down"), (25, "Ann", "reminder 1")]


def test_reminders_that_are_added_begin_for_who_was_told(world: World, ann: Contact) -> None:
    policy = world.policy((0, [ann]))
    down(world, policy)
    world.change(policy, reminder_minutes=20)
    world.until(50)
    # The sweep of the next minute is the first that sees the change.
    assert world.sent == [(0, "Ann", "down"), (26, "Ann", "reminder 1"), (46, "Ann", "reminder 2")]


def test_reminders_of_the_monitor_itself_stay_as_they_are(world: World, ann: Contact) -> None:
    policy = world.policy((0, [ann]), reminder_minutes=10)
    down(world, policy, reminder_minutes=30)
    world.change(policy, reminder_minutes=5)
    world.until(40)
    assert world.sent == [(0, "Ann", "down"), (30, "Ann", "reminder 1")]


def test_a_new_name_changes_nothing_of_what_comes(world: World, ann: Contact, bob: Contact) -> None:
    policy = world.policy((0, [ann]), (10, [bob]), reminder_minutes=20)
    down(world, policy)
    world.change(policy, name="Night")
    world.until(30)
    assert world.sent == [
        (0, "Ann", "down"),
        (10, "Bob", "down"),
        (20, "Ann", "reminder 1"),
        (20, "Bob", "reminder 1"),
    ]


def test_what_is_acknowledged_stays_silent_and_goes_on_by_the_new_steps_if_that_is_taken_back(
    world: World, ann: Contact, bob: Contact
) -> None:
    policy = world.policy((0, [ann]))
    shop = down(world, policy)
    world.acknowledge(shop)
    world.change(policy, steps=[step(0, ann), step(10, bob)], reminder_minutes=5)
    world.until(60)
    world.unacknowledge(shop)
    world.until(62)
    assert world.sent == [(0, "Ann", "down"), (60, "Bob", "down")]


def test_what_is_over_stays_over(world: World, ann: Contact, bob: Contact) -> None:
    policy = world.policy((0, [ann]))
    shop = down(world, policy)
    world.check(shop, UP)
    world.change(policy, steps=[step(0, ann), step(10, bob)], reminder_minutes=5)
    world.until(60)
    assert world.sent == [(0, "Ann", "down"), (5, "Ann", "up")]
    assert world.incident(shop).next_at is None


def test_monitors_of_other_policies_are_left_alone(
    world: World, ann: Contact, bob: Contact
) -> None:
    policy = world.policy((0, [ann]))
    policy.policy.name = "Day"
    other = world.policy((0, [bob]))
    shop = down(world, policy)
    world.change(other, reminder_minutes=20, repeats=3)
    assert world.incident(shop).next_at is None
