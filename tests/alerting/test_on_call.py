"""Steps that tell who is on duty: handoffs, overrides, and nobody there, in the middle of incidents."""

from datetime import datetime, time, timedelta

import pytest
from sqlalchemy import select

from domain.evaluation.outcome import Outcome
from domain.on_call.layer import Handoff, HandoffKind, Hours
from models import Contact, IncidentNote, Monitor, OnCallSchedule
from models.incident_note import NoteKind
from services.on_call import overrides as on_call_overrides
from services.on_call import schedules as on_call_schedules
from services.on_call.layers import LayerValues
from services.on_call.overrides import OverrideValues
from services.on_call.schedules import ScheduleValues
from tests.alerting.world import START, Told, World

UP, DOWN = Outcome.UP, Outcome.DOWN
# Half an hour after the scenarios begin; the first turn began on the day before.
HANDOFF = datetime(2026, 11, 23, 12, 30)  # noqa: DTZ001 - a local time


@pytest.fixture
def ann(world: World) -> Contact:
    return world.contact("Ann")


@pytest.fixture
def bob(world: World) -> Contact:
    return world.contact("Bob")


@pytest.fixture
def cid(world: World) -> Contact:
    return world.contact("Cid")


def schedule(world: World, *people: Contact, hours: tuple[Hours, ...] = ()) -> OnCallSchedule:
    """Let these take turns by the day; the first hands over in minute 30."""
    layer = LayerValues(
        contact_ids=[each.public_id for each in people],
        local_start=HANDOFF,
        handoff=Handoff(kind=HandoffKind.DAILY),
        hours=hours,
    )
    values = ScheduleValues(name="Primary", layers=[layer])
    view = on_call_schedules.create(world.session, world.organization_id, values, now=world.now)
    return view.schedule


def nights() -> Hours:
    return Hours(weekdays=frozenset(range(7)), begin=time(20), end=time(8))


def override(world: World, of: OnCallSchedule, by: Contact, begin: int, end: int) -> None:
    values = OverrideValues(
        contact_id=by.public_id,
        start=START + timedelta(minutes=begin),
        end=START + timedelta(minutes=end),
    )
    on_call_overrides.create(
        world.session, world.organization_id, of.public_id, values, now=world.now
    )


def shop(world: World, *notified: Told, fallback: tuple[Told, ...] = (), **values: int) -> Monitor:
    """Make a monitor that tells these at once."""
    policy = world.policy((0, notified), fallback=fallback, **values)
    return world.monitor("Shop", escalation_policy_id=policy.policy.public_id)


def test_who_is_on_duty_is_told_and_the_others_are_not(
    world: World, ann: Contact, bob: Contact
) -> None:
    watched = shop(world, schedule(world, ann, bob))
    world.check(watched, DOWN)
    world.until(10)
    world.check(watched, UP)
    world.until(40)
    world.check(watched, DOWN)
    world.until(50)
    assert world.sent == [(0, "Ann", "down"), (10, "Ann", "up"), (40, "Bob", "down")]


def test_who_takes_over_between_two_reminders_is_told_with_the_next(
    world: World, ann: Contact, bob: Contact
) -> None:
    watched = shop(world, schedule(world, ann, bob), reminder_minutes=20)
    world.check(watched, DOWN)
    world.until(65)
    world.check(watched, UP)
    assert world.sent == [
        (0, "Ann", "down"),
        (20, "Ann", "reminder 1"),
        (40, "Bob", "down"),
        (40, "Ann", "reminder 2"),
        (60, "Ann", "reminder 3"),
        (60, "Bob", "reminder 3"),
        (65, "Ann", "up"),
        (65, "Bob", "up"),
    ]


def test_the_timeline_names_who_took_over_once(world: World, ann: Contact, bob: Contact) -> None:
    watched = shop(world, schedule(world, ann, bob), reminder_minutes=20)
    world.check(watched, DOWN)
    world.until(90)
    notes = world.session.scalars(
        select(IncidentNote)
        .where(IncidentNote.incident_id == world.incident(watched).id)
        .order_by(IncidentNote.id)
    )
    notified = [note.facts["contacts"] for note in notes if note.kind is NoteKind.NOTIFIED]
    assert notified == [["Ann"], ["Bob"]]


def test_who_takes_over_before_the_next_round_is_told_by_it(
    world: World, ann: Contact, bob: Contact
) -> None:
    watched = shop(world, schedule(world, ann, bob), repeats=2, repeat_minutes=20)
    world.check(watched, DOWN)
    world.until(90)
    assert world.sent == [(0, "Ann", "down"), (20, "Ann", "reminder 1"), (40, "Bob", "down")]


def test_who_takes_over_what_was_acknowledged_is_not_told(
    world: World, ann: Contact, bob: Contact
) -> None:
    watched = shop(world, schedule(world, ann, bob), reminder_minutes=20)
    world.check(watched, DOWN)
    world.until(10)
    world.acknowledge(watched)
    world.until(90)
    assert world.sent == [(0, "Ann", "down")]


def test_who_takes_over_while_it_is_snoozed_is_told_when_that_ends(
    world: World, ann: Contact, bob: Contact
) -> None:
    watched = shop(world, schedule(world, ann, bob))
    world.check(watched, DOWN)
    world.until(10)
    world.snooze(watched, 35)
    world.until(90)
    assert world.sent == [(0, "Ann", "down"), (45, "Bob", "down"), (45, "Ann", "reminder 1")]


def test_who_is_on_duty_when_a_maintenance_ends_is_told_then(
    world: World, ann: Contact, bob: Contact
) -> None:
    watched = shop(world, schedule(world, ann, bob))
    world.maintenance(watched, minutes=40)
    world.check(watched, DOWN)
    world.until(60)
    assert world.sent == [(40, "Bob", "down")]


def test_an_override_is_told_instead(
    world: World, ann: Contact, bob: Contact, cid: Contact
) -> None:
    primary = schedule(world, ann, bob)
    override(world, primary, cid, 0, 60)
    watched = shop(world, primary)
    world.check(watched, DOWN)
    world.until(60)
    assert world.sent == [(0, "Cid", "down")]


def test_one_who_steps_in_during_an_incident_is_told_with_the_next_reminder(
    world: World, ann: Contact, cid: Contact
) -> None:
    primary = schedule(world, ann)
    watched = shop(world, primary, reminder_minutes=20)
    world.check(watched, DOWN)
    world.until(5)
    override(world, primary, cid, 5, 60)
    world.until(21)
    assert world.sent == [(0, "Ann", "down"), (20, "Cid", "down"), (20, "Ann", "reminder 1")]


def test_where_nobody_is_on_duty_the_fallback_is_told(
    world: World, ann: Contact, cid: Contact
) -> None:
    watched = shop(world, schedule(world, ann, hours=(nights(),)), fallback=(cid,))
    world.check(watched, DOWN)
    world.until(30)
    assert world.sent == [(0, "Cid", "down")]


def test_where_nobody_is_on_duty_and_there_is_no_fallback_the_next_step_comes_at_once(
    world: World, ann: Contact, bob: Contact
) -> None:
    primary = schedule(world, ann, hours=(nights(),))
    policy = world.policy((0, [primary]), (15, [bob]))
    watched = world.monitor("Shop", escalation_policy_id=policy.policy.public_id)
    world.check(watched, DOWN)
    world.until(30)
    assert world.sent == [(0, "Bob", "down")]


def test_one_on_duty_who_cannot_be_reached_counts_as_nobody(
    world: World, ann: Contact, cid: Contact
) -> None:
    ann.channels[0].disabled_at = world.now
    watched = shop(world, schedule(world, ann), fallback=(cid,))
    world.check(watched, DOWN)
    world.until(30)
    assert world.sent == [(0, "Cid", "down")]


def test_a_fallback_may_be_a_schedule(
    world: World, ann: Contact, bob: Contact, cid: Contact
) -> None:
    cid.channels[0].disabled_at = world.now
    watched = shop(world, cid, fallback=(schedule(world, ann, bob),), reminder_minutes=40)
    world.check(watched, DOWN)
    world.until(50)
    assert world.sent == [(0, "Ann", "down"), (40, "Bob", "down"), (40, "Ann", "reminder 1")]


def test_who_takes_over_a_fallback_is_told_with_the_next_reminder_in_later_rounds_too(
    world: World, ann: Contact, bob: Contact, cid: Contact
) -> None:
    fallback = (schedule(world, ann, bob),)
    values = {"repeats": 1, "repeat_minutes": 5, "reminder_minutes": 40}
    watched = shop(world, cid, fallback=fallback, **values)
    world.session.delete(cid)
    world.session.flush()
    world.check(watched, DOWN)
    world.until(50)
    assert world.sent == [
        (0, "Ann", "down"),
        (5, "Ann", "reminder 1"),
        (40, "Bob", "down"),
        (40, "Ann", "reminder 2"),
    ]


def test_one_who_is_named_and_on_duty_is_told_once(world: World, ann: Contact) -> None:
    watched = shop(world, ann, schedule(world, ann))
    world.check(watched, DOWN)
    world.until(30)
    assert world.sent == [(0, "Ann", "down")]
