"""Who is on duty now and next, with few queries."""

from datetime import timedelta

import pytest
from sqlalchemy import Connection, event
from sqlalchemy.orm import Session

from services.on_call import current
from services.on_call.current import CurrentDuty
from tests.factories.organizations import organization
from tests.services.on_call.test_rota import NOW, contact, override, schedule


@pytest.fixture
def organization_id(session: Session) -> int:
    return organization(session).id


def duties(session: Session, organization_id: int, *, limit: int = 5) -> list[CurrentDuty]:
    return current.duties(session, organization_id, now=NOW, limit=limit)


def test_the_one_on_duty_is_named_with_the_next_hand_over(
    session: Session, organization_id: int
) -> None:
    people = [contact(session, organization_id, name) for name in ("Ann", "Bea")]
    schedule(session, *people)
    (duty,) = duties(session, organization_id)
    assert (duty.name, duty.until, duty.then) == ("Ann", NOW + timedelta(days=1), "Bea")


def test_an_override_counts_and_what_comes_after_it(session: Session, organization_id: int) -> None:
    ann, cal = (contact(session, organization_id, name) for name in ("Ann", "Cal"))
    override(session, schedule(session, ann), cal, 0, 2)
    (duty,) = duties(session, organization_id)
    assert (duty.name, duty.until, duty.then) == ("Cal", NOW + timedelta(hours=2), "Ann")


def test_one_who_is_always_on_duty_hands_over_to_nobody(
    session: Session, organization_id: int
) -> None:
    schedule(session, contact(session, organization_id))
    (duty,) = duties(session, organization_id)
    assert (duty.name, duty.until, duty.then) == ("Ann", None, None)


def test_nobody_is_on_duty_before_the_first_turn(session: Session, organization_id: int) -> None:
    schedule(session, contact(session, organization_id), days_ago=-1)
    (duty,) = duties(session, organization_id)
    assert (duty.name, duty.until, duty.then) == (None, NOW + timedelta(days=1), "Ann")


def test_two_queries_are_enough_for_all_and_one_for_none(
    session: Session, organization_id: int, connection: Connection
) -> None:
    seen: list[str] = []
    event.listen(connection, "before_cursor_execute", lambda *told: seen.append(str(told[2])))
    assert duties(session, organization_id) == []
    assert len(seen) == 1
    for name in ("Front", "Back", "Third"):
        schedule(session, contact(session, organization_id), name=name)
    seen.clear()
    found = duties(session, organization_id, limit=2)
    assert [each.schedule_name for each in found] == ["Back", "Front"]
    assert len(seen) == 2
