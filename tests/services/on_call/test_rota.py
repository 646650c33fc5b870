"""Who is on duty by schedules that are stored, and what the database itself keeps right."""

from datetime import UTC, datetime, time, timedelta

import pytest
from sqlalchemy import Engine, delete, select, text
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session

from domain.on_call.layer import Handoff, HandoffKind, Hours
from models import Contact, OnCallOverride, OnCallSchedule, Organization
from services.contacts import contacts
from services.errors import Conflict, Invalid, NotFound
from services.on_call import overrides as on_call_overrides
from services.on_call import rota
from services.on_call import schedules as on_call_schedules
from services.on_call.layers import LayerValues
from services.on_call.overrides import OverrideValues
from services.on_call.schedules import ScheduleValues
from tests.factories.organizations import organization

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def organization_id(session: Session) -> int:
    return organization(session).id


def contact(session: Session, organization_id: int, name: str = "Ann") -> Contact:
    row = Contact(organization_id=organization_id, name=name)
    session.add(row)
    session.flush()
    return row


def schedule(
    session: Session, *people: Contact, name: str = "Primary", zone: str = "UTC", days_ago: int = 0
) -> OnCallSchedule:
    """Let these take turns by the day; the first began at noon, so many days ago."""
    layer = LayerValues(
        contact_ids=[each.public_id for each in people],
        local_start=NOW.replace(tzinfo=None) - timedelta(days=days_ago),
        handoff=Handoff(kind=HandoffKind.DAILY),
    )
    values = ScheduleValues(name=name, layers=[layer], time_zone=zone)
    view = on_call_schedules.create(session, people[0].organization_id, values, now=NOW)
    return view.schedule


def override(
    session: Session, of: OnCallSchedule, by: Contact, begin: int, end: int, *, now: datetime = NOW
) -> OnCallOverride:
    """Let a contact be on duty from one hour to another."""
    values = OverrideValues(contact_id=by.public_id, start=NOW + begin * HOUR, end=NOW + end * HOUR)
    view = on_call_overrides.create(session, of.organization_id, of.public_id, values, now=now)
    return view.override


def test_many_schedules_are_answered_at_once_and_nobody_is_an_empty_list(
    session: Session, organization_id: int
) -> None:
    ann, bob = (contact(session, organization_id, name) for name in ("Ann", "Bob"))
    today = schedule(session, ann, bob)
    tomorrow = schedule(session, bob, name="Tomorrow", days_ago=-1)
    swapped = schedule(session, ann, name="Swapped")
    override(session, swapped, bob, -1, 1)
    keys = [each.id for each in (today, tomorrow, swapped)]
    assert rota.on_duty(session, keys, now=NOW) == dict(
        zip(keys, [[ann.id], [], [bob.id]], strict=True)
    )
    assert rota.on_duty(session, keys, now=NOW + 24 * HOUR)[today.id] == [bob.id]
    assert rota.on_duty(session, [], now=NOW) == {}


def test_more_shifts_than_an_answer_holds_are_refused(
    session: Session, organization_id: int
) -> None:
    """Of 30 duties of a minute each day, with nobody in between, 90 days are 5,400 shifts."""
    ann = contact(session, organization_id)
    layers = [
        LayerValues(
            contact_ids=[ann.public_id],
            local_start=datetime(2020, 1, 1),  # noqa: DTZ001 - a local time
            handoff=Handoff(kind=HandoffKind.HOURLY),
            hours=[
                Hours(
                    weekdays=frozenset(range(7)),
                    begin=time(hour, minute),
                    end=time(hour, minute + 1),
                )
                for hour in range(10)
            ],
        )
        for minute in (0, 20, 40)
    ]
    made = on_call_schedules.create(
        session, organization_id, ScheduleValues(name="Minutes", layers=layers), now=NOW
    )
    asked = session, organization_id, made.schedule.public_id
    with pytest.raises(Invalid) as caught:
        rota.shifts(*asked, end=NOW + rota.LONGEST, now=NOW)
    assert caught.value.problems == {
        "from": ["This period has more than 5000 shifts. Ask for a shorter one."]
    }
    assert len(rota.shifts(*asked, end=NOW + timedelta(days=80), now=NOW)) == 80 * 60 + 1
    assert rota.at(*asked, NOW).until == datetime(2026, 11, 25, tzinfo=UTC)


def test_an_override_counts_from_its_first_moment_until_just_before_its_last(
    session: Session, organization_id: int
) -> None:
    ann, bob = (contact(session, organization_id, name) for name in ("Ann", "Bob"))
    primary = schedule(session, ann)
    override(session, primary, bob, 1, 2)
    moments = [NOW + HOUR - timedelta(microseconds=1), NOW + HOUR, NOW + 2 * HOUR]
    found = [rota.on_duty(session, [primary.id], now=each)[primary.id] for each in moments]
    assert found == [[ann.id], [bob.id], [ann.id]]


def test_a_zone_that_this_machine_does_not_know_leaves_somebody_on_duty(
    session: Session, organization_id: int
) -> None:
    ann = contact(session, organization_id)
    primary = schedule(session, ann)
    primary.time_zone = "Europe/Atlantis"
    session.flush()
    assert rota.on_duty(session, [primary.id], now=NOW) == {primary.id: [ann.id]}


def test_the_database_holds_no_overrides_that_overlap(
    session: Session, organization_id: int
) -> None:
    ann = contact(session, organization_id)
    primary, other = schedule(session, ann), schedule(session, ann, name="Other")
    override(session, primary, ann, 0, 2)
    override(session, primary, ann, 2, 3)
    override(session, other, ann, 1, 3)
    late = OnCallOverride(
        organization_id=organization_id,
        on_call_schedule_id=primary.id,
        contact_id=ann.id,
        starts_at=NOW + HOUR,
        ends_at=NOW + 2 * HOUR,
    )
    with pytest.raises(IntegrityError, match="ex_on_call_overrides_times"), session.begin_nested():
        session.add(late)


def test_the_database_keeps_a_contact_that_takes_turns(
    session: Session, organization_id: int
) -> None:
    ann = contact(session, organization_id)
    schedule(session, ann)
    with pytest.raises(IntegrityError), session.begin_nested():
        session.execute(delete(Contact).where(Contact.id == ann.id))


def test_a_contact_whose_overrides_are_over_can_be_deleted(
    session: Session, organization_id: int
) -> None:
    ann, bob = (contact(session, organization_id, name) for name in ("Ann", "Bob"))
    primary = schedule(session, ann)
    override(session, primary, bob, 0, 1)
    with pytest.raises(Conflict, match="Primary"):
        contacts.refuse_deletion_on_call(session, bob, now=NOW)
    contacts.refuse_deletion_on_call(session, bob, now=NOW + HOUR)
    session.execute(delete(Contact).where(Contact.id == bob.id))
    assert session.scalars(select(OnCallOverride)).all() == []


def test_an_organization_goes_with_all_its_schedules(
    session: Session, organization_id: int
) -> None:
    ann = contact(session, organization_id)
    override(session, schedule(session, ann), ann, 0, 1)
    session.execute(delete(Organization).where(Organization.id == organization_id))
    for table in ("schedules", "layers", "turns", "overrides"):
        assert session.scalar(text(f"SELECT count(*) FROM on_call_{table}")) == 0


def test_invariant_6_a_schedule_of_another_organization_is_not_there(
    session: Session, organization_id: int
) -> None:
    ann = contact(session, organization_id)
    primary = schedule(session, ann)
    other = organization(session).id
    values = OverrideValues(contact_id=ann.public_id, end=NOW + HOUR)
    for ask in (
        lambda: rota.at(session, other, primary.public_id, NOW),
        lambda: rota.shifts(session, other, primary.public_id, now=NOW),
        lambda: on_call_overrides.create(session, other, primary.public_id, values, now=NOW),
    ):
        with pytest.raises(NotFound):
            ask()


def test_a_contact_that_is_being_deleted_gets_no_override(committed: Engine) -> None:
    with Session(committed, expire_on_commit=False) as session, session.begin():
        organization_id = organization(session).id
        ann, bob = (contact(session, organization_id, name) for name in ("Ann", "Bob"))
        primary = schedule(session, ann)
    row = OnCallOverride(
        organization_id=primary.organization_id,
        on_call_schedule_id=primary.id,
        contact_id=bob.id,
        starts_at=NOW,
        ends_at=NOW + HOUR,
    )
    with Session(committed) as deleting, Session(committed) as adding:
        contacts.refuse_deletion_on_call(deleting, bob, now=NOW)
        adding.execute(text("SET LOCAL lock_timeout = '100ms'"))
        adding.add(row)
        with pytest.raises(OperationalError, match="lock timeout"):
            adding.flush()
