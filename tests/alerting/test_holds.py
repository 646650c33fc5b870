"""What holds an incident back, and what is told all the same: the failures of peers, by number."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from domain.evaluation.outcome import Outcome
from models import ContactGroup, IncidentNote, Monitor
from models.incident import Suppression
from models.incident_note import NoteKind
from tests.alerting.world import START, World

UP, DOWN, DEGRADED = Outcome.UP, Outcome.DOWN, Outcome.DEGRADED


@pytest.fixture
def shop(world: World, group: ContactGroup) -> Monitor:
    return world.monitor("Shop", group)


def test_peer_07_down_in_a_window_is_told_once_when_it_ends(world: World, shop: Monitor) -> None:
    world.maintenance(shop, minutes=30)
    world.until(5)
    world.check(shop, DOWN)
    assert world.incident(shop).suppressed_by is Suppression.MAINTENANCE
    world.until(120)
    assert world.sent == [(30, "Ann", "down")]
    assert world.incident(shop).suppressed_by is None


def test_the_timeline_says_until_when_where_that_is_known(
    world: World, group: ContactGroup, shop: Monitor
) -> None:
    child = world.monitor("Child", group, parent_ids=[shop.public_id])
    world.maintenance(shop, minutes=30)
    world.until(5)
    world.check(shop, DOWN)
    world.check(child, DOWN)
    notes = world.session.scalars(
        select(IncidentNote)
        .where(IncidentNote.kind == NoteKind.SUPPRESSED)
        .order_by(IncidentNote.id)
    )
    window_ends = (START + timedelta(minutes=30)).isoformat()
    assert [note.facts for note in notes] == [
        {"by": "maintenance", "until": window_ends},
        {"by": "parent", "until": None},
    ]


def test_peer_07_one_told_before_the_window_is_not_told_again_after_it(
    world: World, shop: Monitor
) -> None:
    world.check(shop, DOWN)
    world.until(1)
    world.maintenance(shop, minutes=30)
    world.until(120)
    assert world.sent == [(0, "Ann", "down")]


def test_peer_06_what_was_told_before_a_window_gets_its_end_inside(
    world: World, shop: Monitor
) -> None:
    world.check(shop, DOWN)
    world.until(1)
    world.maintenance(shop, minutes=30)
    world.until(10)
    world.check(shop, UP)
    world.until(120)
    assert world.sent == [(0, "Ann", "down"), (10, "Ann", "up")]


def test_an_outage_within_a_window_is_told_to_nobody(world: World, shop: Monitor) -> None:
    world.maintenance(shop, minutes=30)
    world.until(5)
    world.check(shop, DOWN)
    world.until(10)
    world.check(shop, UP)
    world.until(120)
    assert world.sent == []


def test_reminders_and_steps_rest_during_a_window(world: World, group: ContactGroup) -> None:
    bob = world.contact("Bob")
    shop = world.monitor(
        "Shop",
        group,
        reminder_minutes=20,
        escalation_policy_id=world.policy((25, [bob])).policy.public_id,
    )
    world.check(shop, DOWN)
    world.until(10)
    world.maintenance(shop, minutes=60)
    world.until(80)
    assert world.sent == [(0, "Ann", "down"), (70, "Bob", "down"), (70, "Ann", "reminder 1")]


def test_a_window_that_is_ended_early_lets_the_outage_be_told(world: World, shop: Monitor) -> None:
    window = world.maintenance(shop, minutes=60)
    world.until(5)
    world.check(shop, DOWN)
    world.until(20)
    world.end_maintenance(window)
    world.until(25)
    assert [(name, event) for _, name, event in world.sent] == [("Ann", "down")]
    assert world.sent[0][0] in {20, 21}


def test_a_parent_that_is_down_explains_its_children_and_names_them(
    world: World, group: ContactGroup
) -> None:
    router = world.monitor("Router", group)
    shop = world.monitor("Shop", group, parent_ids=[router.public_id])
    world.check(router, DOWN)
    world.check(shop, DOWN)
    assert world.incident(shop).suppressed_by is Suppression.PARENT
    world.until(10)
    world.check(router, UP)
    world.check(shop, UP)
    world.until(60)
    assert [alert.monitor_name for alert in world.alerts] == ["Router", "Router"]
    assert world.sent == [(0, "Ann", "down"), (10, "Ann", "up")]


def test_a_child_that_is_still_down_after_its_parent_came_back_is_told_then(
    world: World, group: ContactGroup
) -> None:
    router = world.monitor("Router", group)
    shop = world.monitor("Shop", group, parent_ids=[router.public_id])
    world.check(router, DOWN)
    world.check(shop, DOWN)
    world.until(10)
    world.check(router, UP)
    world.until(11)
    world.check(shop, DOWN)
    world.until(30)
    notified = [(alert.monitor_name, alert.event) for alert in world.alerts]
    assert notified == [("Router", "down"), ("Router", "up"), ("Shop", "down")]


def test_peer_11_there_is_no_end_without_a_beginning_and_no_second_end(
    world: World, shop: Monitor
) -> None:
    for minute in range(1, 60):
        world.until(minute)
        world.check(shop, UP)
    assert world.sent == []
    world.check(shop, DOWN)
    world.until(61)
    world.check(shop, UP)
    world.until(62)
    world.check(shop, UP)
    world.until(200)
    assert [event for _, _, event in world.sent] == ["down", "up"]


def test_peer_13_a_monitor_that_was_restarted_while_down_still_tells_the_end(
    world: World, shop: Monitor
) -> None:
    world.check(shop, DOWN)
    world.until(2)
    world.edit(shop, url="https://shop.test/other")
    world.until(3)
    world.check(shop, Outcome.UNKNOWN)
    world.until(4)
    world.check(shop, UP)
    assert world.sent == [(0, "Ann", "down"), (4, "Ann", "up")]


def test_peer_13_a_monitor_that_was_paused_while_down_still_tells_the_end(
    world: World, shop: Monitor
) -> None:
    world.check(shop, DOWN)
    world.until(2)
    world.edit(shop, paused=True)
    world.until(30)
    world.edit(shop, paused=False)
    world.until(31)
    world.check(shop, UP)
    assert world.sent == [(0, "Ann", "down"), (31, "Ann", "up")]


def test_peer_09_an_outage_is_told_when_the_provider_is_back(world: World, shop: Monitor) -> None:
    world.broken.add("Ann")
    world.check(shop, DOWN)
    world.until(15)
    world.broken.clear()
    world.until(60)
    assert [(name, event) for _, name, event in world.sent] == [("Ann", "down")]
    assert world.alerts[0].late_by is not None


def test_peer_09_an_outage_that_was_over_meanwhile_is_one_message(
    world: World, shop: Monitor
) -> None:
    world.broken.add("Ann")
    world.check(shop, DOWN)
    world.until(15)
    world.check(shop, UP)
    world.until(20)
    world.broken.clear()
    world.until(90)
    assert [(name, event) for _, name, event in world.sent] == [("Ann", "missed")]


def test_degraded_is_told_and_what_worsens_is_told_at_once_to_all_who_know(
    world: World, shop: Monitor
) -> None:
    for minute, outcome in ((0, DEGRADED), (5, DOWN), (10, DEGRADED), (15, UP)):
        world.until(minute)
        world.check(shop, outcome)
    assert world.sent == [
        (0, "Ann", "degraded"),
        (5, "Ann", "down"),
        (10, "Ann", "degraded"),
        (15, "Ann", "up"),
    ]


def test_who_was_told_by_a_step_hears_at_once_that_it_worsened(
    world: World, group: ContactGroup
) -> None:
    bob = world.contact("Bob")
    policy = world.policy((5, [bob]))
    shop = world.monitor("Shop", group, escalation_policy_id=policy.policy.public_id)
    world.check(shop, DEGRADED)
    world.until(10)
    world.check(shop, DOWN)
    world.until(40)
    world.check(shop, UP)
    assert world.sent == [
        (0, "Ann", "degraded"),
        (5, "Bob", "degraded"),
        (10, "Ann", "down"),
        (10, "Bob", "down"),
        (15, "Bob", "reminder 1"),
        (40, "Ann", "up"),
        (40, "Bob", "up"),
    ]


def test_what_eased_stays_acknowledged_and_what_worsened_does_not(
    world: World, group: ContactGroup
) -> None:
    shop = world.monitor("Shop", group, reminder_minutes=10)
    world.check(shop, DOWN)
    world.acknowledge(shop)
    world.until(5)
    world.check(shop, DEGRADED)
    assert world.incident(shop).acknowledged_by == "Ann"
    world.until(60)
    world.check(shop, DOWN)
    assert world.incident(shop).acknowledged_by is None
    world.until(71)
    assert world.sent == [
        (0, "Ann", "down"),
        (5, "Ann", "degraded"),
        (60, "Ann", "down"),
        (70, "Ann", "reminder 1"),
    ]


def test_an_ease_within_a_window_is_told_to_who_knew(world: World, shop: Monitor) -> None:
    world.check(shop, DOWN)
    world.until(1)
    world.maintenance(shop, minutes=30)
    world.until(5)
    world.check(shop, DEGRADED)
    world.until(10)
    world.check(shop, UP)
    assert [event for _, _, event in world.sent] == ["down", "degraded", "up"]


def test_what_worsens_within_a_window_is_told_when_it_ends(world: World, shop: Monitor) -> None:
    world.check(shop, DEGRADED)
    world.until(1)
    world.maintenance(shop, minutes=30)
    world.until(5)
    world.check(shop, DOWN)
    world.until(60)
    assert world.sent == [(0, "Ann", "degraded"), (31, "Ann", "down")]


def test_a_deleted_monitor_tells_who_knew_that_no_end_will_come(
    world: World, shop: Monitor
) -> None:
    world.check(shop, DOWN)
    world.until(5)
    world.delete(shop)
    world.until(60)
    assert world.sent == [(0, "Ann", "down"), (5, "Ann", "ended")]


def test_the_next_look_at_a_held_incident_is_the_end_of_its_window(
    world: World, shop: Monitor
) -> None:
    world.maintenance(shop, minutes=30)
    world.check(shop, DOWN)
    assert world.incident(shop).next_at == START + timedelta(minutes=30)
