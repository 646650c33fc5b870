"""Monitors that get other people, or other reminders, in the middle of an incident."""

from uuid import UUID

import pytest

from domain.evaluation.outcome import Outcome
from models import Contact, ContactGroup, Monitor
from services.contacts import groups as contact_groups
from tests.alerting.world import Told, World

UP, DOWN, DEGRADED = Outcome.UP, Outcome.DOWN, Outcome.DEGRADED


@pytest.fixture
def ann(world: World) -> Contact:
    return world.contact("Ann")


@pytest.fixture
def bob(world: World) -> Contact:
    return world.contact("Bob")


@pytest.fixture
def cid(world: World) -> Contact:
    return world.contact("Cid")


def policy(
    world: World,
    name: str,
    *steps: tuple[int, list[Told]],
    repeats: int = 0,
    repeat_minutes: int = 30,
) -> UUID:
    made = world.policy(*steps, repeats=repeats, repeat_minutes=repeat_minutes).policy
    made.name = name
    world.session.flush()
    return made.public_id


def grouped(world: World, *contacts: Contact, **values: object) -> tuple[Monitor, ContactGroup]:
    group = world.group(*contacts)
    return world.monitor("Shop", group, **values), group


def test_another_policy_begins_at_once_with_its_first_step_and_its_waits_count_from_then(
    world: World, ann: Contact, bob: Contact, cid: Contact
) -> None:
    day = policy(world, "Day", (0, [ann]), (30, [ann]))
    night = policy(world, "Night", (0, [bob]), (10, [cid]))
    shop = world.monitor("Shop", escalation_policy_id=day)
    world.check(shop, DOWN)
    world.until(20)
    world.edit(shop, escalation_policy_id=night)
    world.until(60)
    world.check(shop, UP)
    assert world.sent == [
        (0, "Ann", "down"),
        (21, "Bob", "down"),
        (31, "Cid", "down"),
        (60, "Ann", "up"),
        (60, "Bob", "up"),
        (60, "Cid", "up"),
    ]


def test_the_first_wait_of_another_policy_counts_from_the_change(
    world: World, ann: Contact, bob: Contact
) -> None:
    day, night = policy(world, "Day", (0, [ann])), policy(world, "Night", (15, [bob]))
    shop = world.monitor("Shop", escalation_policy_id=day)
    world.check(shop, DOWN)
    world.until(20)
    world.edit(shop, escalation_policy_id=night)
    world.until(90)
    assert world.sent == [(0, "Ann", "down"), (35, "Bob", "down")]


def test_another_policy_goes_through_all_its_rounds_whichever_the_old_one_was_in(
    world: World, ann: Contact, bob: Contact
) -> None:
    day = policy(world, "Day", (0, [ann]), repeats=2, repeat_minutes=10)
    night = policy(world, "Night", (0, [bob]), repeats=1, repeat_minutes=20)
    shop = world.monitor("Shop", escalation_policy_id=day)
    world.check(shop, DOWN)
    world.until(15)
    world.edit(shop, escalation_policy_id=night)
    world.until(200)
    assert world.sent == [
        (0, "Ann", "down"),
        (10, "Ann", "reminder 1"),
        (16, "Bob", "down"),
        (36, "Bob", "reminder 2"),
    ]


def test_a_first_policy_begins_too_and_without_one_no_step_follows(
    world: World, ann: Contact, bob: Contact, cid: Contact
) -> None:
    night = policy(world, "Night", (0, [bob]), (30, [cid]))
    shop, _ = grouped(world, ann)
    world.check(shop, DOWN)
    world.until(5)
    world.edit(shop, escalation_policy_id=night)
    world.until(10)
    world.edit(shop, escalation_policy_id=None)
    world.until(90)
    assert world.sent == [(0, "Ann", "down"), (6, "Bob", "down")]


def test_the_same_policy_once_more_changes_nothing(
    world: World, ann: Contact, bob: Contact
) -> None:
    night = policy(world, "Night", (0, [ann]), (30, [bob]))
    shop = world.monitor("Shop", escalation_policy_id=night)
    world.check(shop, DOWN)
    world.until(20)
    world.edit(shop, escalation_policy_id=night, contact_group_ids=[], reminder_minutes=None)
    world.until(90)
    assert world.sent == [(0, "Ann", "down"), (30, "Bob", "down")]


def test_another_policy_waits_for_the_end_of_a_snooze_and_for_nobody_who_takes_care(
    world: World, ann: Contact, bob: Contact
) -> None:
    day, night = policy(world, "Day", (0, [ann])), policy(world, "Night", (0, [bob]))
    shop = world.monitor("Shop", escalation_policy_id=day)
    world.check(shop, DOWN)
    world.acknowledge(shop, by="Zoe")
    world.edit(shop, escalation_policy_id=night)
    world.until(20)
    world.snooze(shop, 10)
    world.until(60)
    assert world.sent == [
        (0, "Ann", "down"),
        (0, "Ann", "acknowledged"),
        (30, "Bob", "down"),
        (30, "Ann", "reminder 1"),
    ]


def test_other_groups_are_told_at_once_and_the_old_ones_get_the_end(
    world: World, ann: Contact, bob: Contact
) -> None:
    shop, _ = grouped(world, ann)
    world.check(shop, DOWN)
    world.until(10)
    world.edit(shop, contact_group_ids=[world.group(bob).public_id])
    world.until(60)
    world.check(shop, UP)
    assert world.sent == [
        (0, "Ann", "down"),
        (11, "Bob", "down"),
        (60, "Ann", "up"),
        (60, "Bob", "up"),
    ]


def test_of_other_groups_nobody_is_told_twice(world: World, ann: Contact, bob: Contact) -> None:
    shop, first = grouped(world, ann)
    world.check(shop, DOWN)
    world.until(10)
    both = world.group(ann, bob)
    world.edit(shop, contact_group_ids=[first.public_id, both.public_id])
    world.until(20)
    world.edit(shop, contact_group_ids=[both.public_id])
    world.until(60)
    assert world.sent == [(0, "Ann", "down"), (11, "Bob", "down")]


def test_other_groups_are_told_when_a_window_is_over(
    world: World, ann: Contact, bob: Contact
) -> None:
    shop, _ = grouped(world, ann)
    world.check(shop, DOWN)
    world.until(1)
    world.maintenance(shop, minutes=30)
    world.until(10)
    world.edit(shop, contact_group_ids=[world.group(bob).public_id])
    world.until(60)
    assert world.sent == [(0, "Ann", "down"), (31, "Bob", "down")]


def test_other_groups_are_told_of_what_it_is_by_now(
    world: World, ann: Contact, bob: Contact
) -> None:
    shop, _ = grouped(world, ann)
    world.check(shop, DOWN)
    world.until(5)
    world.check(shop, DEGRADED)
    world.edit(shop, contact_group_ids=[world.group(bob).public_id])
    world.until(10)
    assert world.sent == [(0, "Ann", "down"), (5, "Ann", "degraded"), (6, "Bob", "degraded")]


def test_groups_that_a_monitor_without_anybody_gets_are_told(world: World, ann: Contact) -> None:
    shop = world.monitor("Shop")
    world.check(shop, DOWN)
    world.until(10)
    world.edit(shop, contact_group_ids=[world.group(ann).public_id])
    world.until(60)
    world.check(shop, UP)
    assert world.sent == [(11, "Ann", "down"), (60, "Ann", "up")]


def test_who_joins_a_group_hears_of_it_with_the_next_reminder(
    world: World, ann: Contact, bob: Contact
) -> None:
    shop, group = grouped(world, ann, reminder_minutes=20)
    world.check(shop, DOWN)
    world.until(5)
    contact_groups.change(
        world.session,
        world.organization_id,
        group.public_id,
        contact_ids=[ann.public_id, bob.public_id],
        now=world.now,
    )
    world.until(30)
    assert world.sent == [(0, "Ann", "down"), (20, "Bob", "down"), (20, "Ann", "reminder 1")]


@pytest.mark.parametrize(("minutes", "comes"), [(20, 20), (10, 16), (5, 16)])
def test_reminders_that_are_made_shorter_count_from_the_one_before(
    world: World, ann: Contact, minutes: int, comes: int
) -> None:
    shop, _ = grouped(world, ann, reminder_minutes=60)
    world.check(shop, DOWN)
    world.until(15)
    world.edit(shop, reminder_minutes=minutes)
    world.until(comes)
    assert world.sent == [(0, "Ann", "down"), (comes, "Ann", "reminder 1")]


def test_reminders_that_are_set_count_from_the_change(world: World, ann: Contact) -> None:
    shop, _ = grouped(world, ann)
    world.check(shop, DOWN)
    world.until(15)
    world.edit(shop, reminder_minutes=10)
    world.until(40)
    # The sweep of the next minute is the first that sees the change.
    assert world.sent == [(0, "Ann", "down"), (26, "Ann", "reminder 1"), (36, "Ann", "reminder 2")]


def test_reminders_that_are_taken_away_do_not_come(world: World, ann: Contact) -> None:
    shop, _ = grouped(world, ann, reminder_minutes=20)
    world.check(shop, DOWN)
    world.until(15)
    world.edit(shop, reminder_minutes=None)
    world.until(90)
    assert world.sent == [(0, "Ann", "down")]
    assert world.incident(shop).next_at is None
