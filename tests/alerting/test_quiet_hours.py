"""Quiet hours: who sleeps is told in the morning, and what wakes nobody goes to the next step."""

from sqlalchemy import select

from domain.alerting.alert import AlertEvent
from domain.evaluation.outcome import Outcome
from domain.evaluation.state import Severity
from models import Delivery
from tests.alerting.world import START, World

UP, DOWN, DEGRADED = Outcome.UP, Outcome.DOWN, Outcome.DEGRADED

NOON_TO_ONE = (12, 13)
"""The first hour of the world's clock."""


def test_who_sleeps_is_told_at_the_end_of_the_quiet_hours(world: World) -> None:
    shop = world.monitor("Shop", world.group(world.contact("Ann", quiet=NOON_TO_ONE)))
    world.until(10)
    world.check(shop, DOWN)
    world.until(70)
    world.check(shop, UP)
    assert world.sent == [(60, "Ann", "down"), (70, "Ann", "up")]


def test_what_was_over_by_then_is_one_message(world: World) -> None:
    shop = world.monitor("Shop", world.group(world.contact("Ann", quiet=NOON_TO_ONE)))
    world.until(10)
    world.check(shop, DOWN)
    world.until(20)
    world.check(shop, UP)
    world.until(90)
    assert world.sent == [(60, "Ann", "missed")]


def test_the_end_of_what_was_told_before_waits_too(world: World) -> None:
    shop = world.monitor("Shop", world.group(world.contact("Ann", quiet=(13, 14))))
    world.until(50)
    world.check(shop, DOWN)
    world.until(70)
    world.check(shop, UP)
    world.until(130)
    assert world.sent == [(50, "Ann", "down"), (120, "Ann", "up")]


def test_what_is_bad_enough_wakes(world: World) -> None:
    ann = world.contact("Ann", quiet=NOON_TO_ONE, quiet_except=Severity.DOWN)
    shop = world.monitor("Shop", world.group(ann))
    world.check(shop, DEGRADED)
    world.until(5)
    world.check(shop, DOWN)
    world.until(10)
    world.check(shop, UP)
    assert world.sent == [(5, "Ann", "down"), (10, "Ann", "up")]


def test_who_is_woken_by_the_milder_is_woken_by_the_worse(world: World) -> None:
    ann = world.contact("Ann", quiet=NOON_TO_ONE, quiet_except=Severity.DEGRADED)
    shop = world.monitor("Shop", world.group(ann))
    world.check(shop, DEGRADED)
    world.until(5)
    world.check(shop, DOWN)
    assert world.sent == [(0, "Ann", "degraded"), (5, "Ann", "down")]


def test_who_sleeps_is_not_reminded_nor_told_of_an_acknowledgement(world: World) -> None:
    ann, bob = world.contact("Ann", quiet=(13, 15)), world.contact("Bob")
    shop = world.monitor("Shop", world.group(ann, bob), reminder_minutes=30)
    world.until(50)
    world.check(shop, DOWN)
    world.until(111)
    world.acknowledge(shop, by="Cid")
    world.until(240)
    assert world.sent == [
        (50, "Ann", "down"),
        (50, "Bob", "down"),
        (80, "Bob", "reminder 1"),
        (110, "Bob", "reminder 2"),
        (111, "Bob", "acknowledged"),
    ]


def test_a_step_that_wakes_nobody_is_followed_at_once(world: World) -> None:
    ann, bob = world.contact("Ann", quiet=NOON_TO_ONE), world.contact("Bob")
    policy = world.policy((0, [ann]), (15, [bob]))
    shop = world.monitor("Shop", escalation_policy_id=policy.policy.public_id)
    world.check(shop, DOWN)
    world.until(90)
    assert world.sent == [(0, "Bob", "down"), (60, "Ann", "down")]


def test_a_step_that_wakes_one_of_two_keeps_its_wait(world: World) -> None:
    ann, bob = world.contact("Ann", quiet=NOON_TO_ONE), world.contact("Bob")
    cid = world.contact("Cid")
    policy = world.policy((0, [ann, bob]), (15, [cid]))
    shop = world.monitor("Shop", escalation_policy_id=policy.policy.public_id)
    world.check(shop, DOWN)
    world.until(20)
    assert world.sent == [(0, "Bob", "down"), (15, "Cid", "down")]


def test_a_zone_that_nobody_knows_silences_nobody(world: World) -> None:
    ann = world.contact("Ann", quiet=NOON_TO_ONE)
    ann.time_zone = "Mars/Olympus"
    shop = world.monitor("Shop", world.group(ann))
    world.check(shop, DOWN)
    assert world.sent == [(0, "Ann", "down")]


def test_the_reminder_that_ends_a_snooze_waits_for_who_sleeps(world: World) -> None:
    shop = world.monitor("Shop", world.group(world.contact("Ann", quiet=(13, 14))))
    world.check(shop, DOWN)
    world.until(5)
    world.snooze(shop, 70)
    world.until(200)
    assert world.sent == [(0, "Ann", "down"), (120, "Ann", "reminder 1")]


def test_the_reminder_that_waits_is_left_out_if_somebody_acknowledges_until_then(
    world: World,
) -> None:
    shop = world.monitor("Shop", world.group(world.contact("Ann", quiet=(13, 14))))
    world.check(shop, DOWN)
    world.until(5)
    world.snooze(shop, 70)
    world.until(100)
    world.acknowledge(shop, by="Cid")
    world.until(200)
    assert world.sent == [(0, "Ann", "down")]


def test_an_address_of_one_who_sleeps_and_one_who_does_not_is_told_by_the_step_that_wakes(
    world: World,
) -> None:
    asleep, awake = world.contact("Ann", quiet=NOON_TO_ONE), world.contact("Ann on call")
    awake.channels[0].address = asleep.channels[0].address
    policy = world.policy((10, [awake]), reminder_minutes=30)
    shop = world.monitor("Shop", world.group(asleep), escalation_policy_id=policy.policy.public_id)
    world.check(shop, DOWN)
    world.until(65)
    assert world.sent[0] == (10, "Ann", "down")
    assert [event for _, _, event in world.sent].count("down") == 1


def test_one_whose_quiet_hours_were_taken_away_is_told_with_the_next_step(world: World) -> None:
    ann = world.contact("Ann", quiet=NOON_TO_ONE)
    policy = world.policy((10, [ann]))
    shop = world.monitor("Shop", world.group(ann), escalation_policy_id=policy.policy.public_id)
    world.check(shop, DOWN)
    world.until(5)
    ann.quiet_from = ann.quiet_until = None
    world.until(90)
    assert world.sent == [(10, "Ann", "down")]


def test_a_step_to_one_who_sleeps_wakes_nobody_before_the_morning(world: World) -> None:
    ann, bob = world.contact("Ann", quiet=NOON_TO_ONE), world.contact("Bob")
    policy = world.policy((10, [ann, bob]), repeats=2, repeat_minutes=10)
    shop = world.monitor("Shop", world.group(ann), escalation_policy_id=policy.policy.public_id)
    world.check(shop, DOWN)
    world.until(90)
    assert world.sent == [
        (10, "Bob", "down"),
        (20, "Bob", "reminder 1"),
        (30, "Bob", "reminder 2"),
        (60, "Ann", "down"),
    ]


def test_an_opening_that_waits_for_a_relay_keeps_its_place_when_a_step_comes(world: World) -> None:
    ann = world.contact("Ann")
    policy = world.policy((10, [ann]))
    shop = world.monitor("Shop", world.group(ann), escalation_policy_id=policy.policy.public_id)
    world.record(shop, DOWN)
    world.minute = 10
    world.sweep()
    opening = select(Delivery).where(Delivery.event == AlertEvent.DOWN)
    assert world.session.scalars(opening).one().next_attempt_at == START
