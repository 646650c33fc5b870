"""Steps, reminders, acknowledgement and snooze: timelines in minutes, and exactly what reaches whom."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from domain.evaluation.outcome import Outcome
from models import Contact, Monitor
from services.escalation.views import PolicyView, Step
from tests.alerting.world import Message, World

UP, DOWN, DEGRADED = Outcome.UP, Outcome.DOWN, Outcome.DEGRADED


@dataclass
class Team:
    """Three people; the monitor tells Ann at once, Bob after 5 minutes, and Cid 10 minutes later."""

    world: World
    ann: Contact
    bob: Contact
    cid: Contact

    def policy(self) -> PolicyView:
        return self.world.policy((5, [self.bob]), (10, [self.cid]))

    def shop(self, policy: PolicyView | None = None, **values: object) -> Monitor:
        policy_id = (policy or self.policy()).policy.public_id
        group = self.world.group(self.ann)
        return self.world.monitor("Shop", group, escalation_policy_id=policy_id, **values)


@pytest.fixture
def team(world: World) -> Team:
    return Team(world, *(world.contact(name) for name in ("Ann", "Bob", "Cid")))


Act = Callable[[World, Monitor], None]


def check(outcome: Outcome) -> Act:
    return lambda world, shop: world.check(shop, outcome)


def acknowledge(world: World, shop: Monitor) -> None:
    world.acknowledge(shop)


def unacknowledge(world: World, shop: Monitor) -> None:
    world.unacknowledge(shop)


def snooze(minutes: int) -> Act:
    return lambda world, shop: world.snooze(shop, minutes)


Timeline = list[tuple[int, Act]]

SCENARIOS: list[tuple[str, Timeline, list[Message]]] = [
    (
        "groups at once, each step after its wait, and the end to all who were told",
        [(0, check(DOWN)), (20, check(UP))],
        [
            (0, "Ann", "down"),
            (5, "Bob", "down"),
            (15, "Cid", "down"),
            (20, "Ann", "up"),
            (20, "Bob", "up"),
            (20, "Cid", "up"),
        ],
    ),
    (
        "who was not reached by any step yet hears nothing of the end",
        [(0, check(DOWN)), (6, check(UP))],
        [(0, "Ann", "down"), (5, "Bob", "down"), (6, "Ann", "up"), (6, "Bob", "up")],
    ),
    (
        "an acknowledgement stops the steps, and is told to the others who know",
        [(0, check(DOWN)), (7, acknowledge), (60, check(UP))],
        [
            (0, "Ann", "down"),
            (5, "Bob", "down"),
            (7, "Bob", "acknowledged"),
            (60, "Ann", "up"),
            (60, "Bob", "up"),
        ],
    ),
    (
        "a second acknowledgement changes nothing",
        [(0, check(DOWN)), (6, acknowledge), (7, acknowledge)],
        [(0, "Ann", "down"), (5, "Bob", "down"), (6, "Bob", "acknowledged")],
    ),
    (
        "an acknowledgement that is taken back lets the step go that came due meanwhile, and no burst",
        [(0, check(DOWN)), (1, acknowledge), (60, unacknowledge)],
        [(0, "Ann", "down"), (60, "Bob", "down"), (70, "Cid", "down")],
    ),
    (
        "a snooze is silent, and ends with a reminder and the step that came due",
        [(0, check(DOWN)), (1, snooze(30))],
        [(0, "Ann", "down"), (31, "Bob", "down"), (31, "Ann", "reminder 1"), (41, "Cid", "down")],
    ),
    (
        "an outage that ends while it is snoozed is told to who knows",
        [(0, check(DOWN)), (1, snooze(30)), (10, check(UP))],
        [(0, "Ann", "down"), (10, "Ann", "up")],
    ),
    (
        "a snooze takes the place of an acknowledgement",
        [(0, check(DOWN)), (1, acknowledge), (2, snooze(3))],
        [(0, "Ann", "down"), (5, "Bob", "down"), (5, "Ann", "reminder 1"), (15, "Cid", "down")],
    ),
    (
        "an acknowledgement takes the place of a snooze",
        [(0, check(DOWN)), (1, snooze(3)), (2, acknowledge)],
        [(0, "Ann", "down")],
    ),
]


@pytest.mark.parametrize(
    ("timeline", "notified"), [row[1:] for row in SCENARIOS], ids=[row[0] for row in SCENARIOS]
)
def test_what_happens_decides_who_is_told_what(
    world: World, team: Team, timeline: Timeline, notified: list[Message]
) -> None:
    shop = team.shop()
    for minute, act in timeline:
        world.until(minute)
        act(world, shop)
    world.until(max(timeline[-1][0], 90))
    assert world.sent == notified


def test_without_a_policy_only_the_groups_are_told(world: World, team: Team) -> None:
    shop = world.monitor("Shop", world.group(team.ann, team.bob))
    world.check(shop, DOWN)
    world.until(120)
    assert world.sent == [(0, "Ann", "down"), (0, "Bob", "down")]


def test_reminders_come_every_so_many_minutes_until_the_end(world: World, team: Team) -> None:
    shop = world.monitor("Shop", world.group(team.ann), reminder_minutes=30)
    world.check(shop, DOWN)
    world.until(70)
    world.check(shop, UP)
    world.until(200)
    assert world.sent == [
        (0, "Ann", "down"),
        (30, "Ann", "reminder 1"),
        (60, "Ann", "reminder 2"),
        (70, "Ann", "up"),
    ]


def test_reminders_stop_when_somebody_acknowledges(world: World, team: Team) -> None:
    shop = world.monitor("Shop", world.group(team.ann), reminder_minutes=30)
    world.check(shop, DOWN)
    world.until(31)
    world.acknowledge(shop)
    world.until(200)
    assert [event for _, _, event in world.sent] == ["down", "reminder 1"]


def test_the_policy_says_the_reminders_where_the_monitor_does_not(world: World, team: Team) -> None:
    shop = world.monitor(
        "Shop",
        escalation_policy_id=world.policy((0, [team.bob]), reminder_minutes=20).policy.public_id,
    )
    world.check(shop, DOWN)
    world.until(25)
    assert world.sent == [(0, "Bob", "down"), (20, "Bob", "reminder 1")]


def test_repeated_steps_are_reminders_to_who_was_told(world: World, team: Team) -> None:
    policy = world.policy((0, [team.bob]), (10, [team.cid]), repeats=1, repeat_minutes=20)
    shop = world.monitor("Shop", escalation_policy_id=policy.policy.public_id)
    world.check(shop, DOWN)
    world.until(200)
    assert world.sent == [
        (0, "Bob", "down"),
        (10, "Cid", "down"),
        (30, "Bob", "reminder 1"),
        (40, "Cid", "reminder 2"),
    ]


def test_a_step_to_who_was_told_before_is_a_reminder(world: World, team: Team) -> None:
    policy = world.policy((5, [team.ann, team.bob]))
    shop = team.shop(policy)
    world.check(shop, DOWN)
    world.until(60)
    assert world.sent == [(0, "Ann", "down"), (5, "Bob", "down"), (5, "Ann", "reminder 1")]


def test_one_who_is_in_a_group_and_in_the_first_step_is_told_once(world: World, team: Team) -> None:
    shop = team.shop(world.policy((0, [team.ann])))
    world.check(shop, DOWN)
    world.until(60)
    assert world.sent == [(0, "Ann", "down")]


def test_an_hour_without_a_sweep_tells_the_current_step_and_no_burst(
    world: World, team: Team
) -> None:
    shop = team.shop(reminder_minutes=10)
    world.check(shop, DOWN)
    world.minute = 64
    world.until(66)
    assert world.sent == [(0, "Ann", "down"), (65, "Bob", "down"), (65, "Ann", "reminder 1")]


def test_a_sweep_that_runs_twice_tells_once(world: World, team: Team) -> None:
    shop = team.shop()
    world.check(shop, DOWN)
    world.until(5)
    for _ in range(3):
        world.sweep()
        world.relay()
    assert world.sent == [(0, "Ann", "down"), (5, "Bob", "down")]


def test_a_step_that_reaches_nobody_has_the_fallback(world: World, team: Team) -> None:
    nobody = world.contact("Nob")
    nobody.channels[0].disabled_at = world.now
    policy = world.policy((5, [nobody]), fallback=[team.cid])
    shop = team.shop(policy)
    world.check(shop, DOWN)
    world.until(30)
    assert world.sent == [(0, "Ann", "down"), (5, "Cid", "down")]


def test_a_deleted_contact_leaves_the_steps_and_the_fallback_is_told(
    world: World, team: Team
) -> None:
    shop = team.shop(world.policy((5, [team.bob]), fallback=[team.cid]))
    world.check(shop, DOWN)
    world.session.delete(team.bob)
    world.session.flush()
    world.until(30)
    assert world.sent == [(0, "Ann", "down"), (5, "Cid", "down")]


def test_an_open_incident_goes_on_by_steps_that_were_edited(world: World, team: Team) -> None:
    policy = team.policy()
    shop = team.shop(policy)
    world.check(shop, DOWN)
    world.until(6)
    world.change(policy, steps=[Step(wait_minutes=5, targets=[])])
    world.until(60)
    assert world.sent == [(0, "Ann", "down"), (5, "Bob", "down")]


def test_who_takes_care_while_nobody_is_told_still_does_when_it_eased(
    world: World, team: Team
) -> None:
    shop = world.monitor("Shop", world.group(team.ann))
    world.maintenance(shop, minutes=30)
    world.check(shop, DOWN)
    world.until(5)
    world.acknowledge(shop)
    world.until(10)
    world.check(shop, DEGRADED)
    world.until(60)
    assert world.incident(shop).acknowledged_by == "Ann"
    assert world.sent == []


def test_a_step_that_is_due_as_an_outage_eases_is_taken_by_the_check_that_saw_it(
    world: World,
) -> None:
    """With the rights of a check worker, which must not lose its results over it."""
    ann = world.contact("Ann")
    policy = world.policy((0, [ann]), (5, [ann]))
    shop = world.monitor("Shop", escalation_policy_id=policy.policy.public_id)
    world.check(shop, Outcome.DOWN)
    # No sweep came by.
    world.minute = 5
    world.check(shop, Outcome.DEGRADED)
    assert world.sent == [(0, "Ann", "down"), (5, "Ann", "degraded"), (5, "Ann", "reminder 1")]
