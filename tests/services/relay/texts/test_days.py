"""Abuse 118: texts and calls cost money, so there are so many a day, and only to countries that are reached."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from domain.alerting.alert import AlertEvent
from models import Monitor, TextDay, TextDayTotal, TextUsage
from models.delivery import DeliveryState
from services import quotas
from services.contacts.addresses import is_reached
from tests.services.outage import EMAIL, NOW, owner_of, watched
from tests.services.relay.texts.test_quota import CALL, written
from tests.services.relaying import (
    REFUSED,
    fail,
    of_event,
    relay_settings,
    row,
    seconds,
    send,
    state_of,
    take,
    taken,
)

ALONE = relay_settings(burst=100)
TOMORROW = NOW + timedelta(days=1)


@pytest.fixture
def monitor(session: Session) -> Monitor:
    monitor = watched(session)
    owner_of(session, monitor.organization_id, "ada@example.org")
    return monitor


def counts(session: Session) -> tuple[list[int], list[int], list[int]]:
    """Return what is counted by month and by day of organizations, and by day of all."""
    tables = (TextUsage.segments, TextDay.segments, TextDayTotal.segments)
    month, day, total = (sorted(session.scalars(select(column)).all()) for column in tables)
    return month, day, total


@pytest.mark.abuse(118)
def test_abuse_118_an_organization_has_so_many_texts_and_calls_a_day(
    session: Session, monitor: Monitor
) -> None:
    quotas.use(session, {"texts_per_day": 2})
    stranger = watched(session)
    for _ in range(2):
        send(session, written(session, monitor, to=CALL), by=ALONE)
    refused = written(session, monitor, to=CALL)
    assert take(session, refused, by=ALONE) is None
    assert state_of(session, refused) is DeliveryState.DEAD
    assert "This organization has sent its 2 text messages" in str(row(session, refused).last_error)
    assert counts(session) == ([2], [2], [2])
    (notice,) = of_event(session, AlertEvent.QUOTA)
    assert notice.facts["headline"] == "Text messages stopped for today"
    send(session, written(session, stranger, to=CALL), by=ALONE)
    send(session, written(session, monitor, to=EMAIL), by=ALONE)
    send(session, written(session, monitor, to=CALL, now=TOMORROW), TOMORROW, by=ALONE)


@pytest.mark.abuse(118)
def test_abuse_118_many_organizations_have_together_no_more_than_the_system(
    session: Session, monitor: Monitor
) -> None:
    three = relay_settings(burst=100, texts_per_day=3)
    for _ in range(3):
        send(session, written(session, watched(session), to=CALL), by=three)
    refused = written(session, monitor, to=CALL)
    assert take(session, refused, by=three) is None
    assert state_of(session, refused) is DeliveryState.DEAD
    assert (
        row(session, refused).last_error
        == "This service has reached its limit of text messages for this day."
    )
    assert counts(session) == ([0, 1, 1, 1], [0, 1, 1, 1], [3])
    send(session, written(session, monitor, to=CALL, now=TOMORROW), TOMORROW, by=three)


@pytest.mark.abuse(118)
def test_abuse_118_what_is_not_accepted_is_given_back_to_its_day(
    session: Session, monitor: Monitor
) -> None:
    midnight = datetime(2026, 12, 1, tzinfo=UTC)
    late = midnight - timedelta(seconds=1)
    claimed = taken(session, written(session, monitor, to=CALL), late, by=ALONE)
    assert counts(session) == ([1], [1], [1])
    fail(session, claimed, REFUSED, midnight + timedelta(seconds=1))
    assert counts(session) == ([0], [0], [0])


@pytest.mark.abuse(118)
def test_abuse_118_of_two_relays_at_the_last_place_one_gets_it(committed: Engine) -> None:
    last = relay_settings(burst=100, texts_per_day=1)
    with Session(committed) as one, Session(committed) as other:
        first, second = (written(one, watched(one), to=CALL) for _ in range(2))
        one.commit()
        taken(one, first, by=last)
        quick = {"lock_timeout": "300ms"}
        other.connection().exec_driver_sql(f"SET LOCAL lock_timeout = '{quick['lock_timeout']}'")
        with pytest.raises(OperationalError, match="lock timeout"):
            take(other, second, by=last)
        other.rollback()
        one.commit()
        assert take(other, second, by=last) is None
        assert state_of(other, second) is DeliveryState.DEAD


@pytest.mark.abuse(118)
@pytest.mark.parametrize(
    ("number", "countries", "reached"),
    [
        ("+4930123456", (), True),
        ("+12025550123", (), True),
        ("+18765550123", (), True),
        ("+881612345678", (), False),
        ("+882160000000", (), False),
        ("+8835100012345", (), False),
        ("+870773111632", (), False),
        ("+979123456789", (), False),
        ("+80012345678", (), False),
        ("+4930123456", ("DE",), True),
        ("+4930123456", ("AT", "CH"), False),
        ("+12024561111", ("US",), True),
        ("+18769271234", ("US",), False),
        ("+18769271234", ("JM",), True),
        ("+19999999999", ("US",), False),
        ("+447400123456", ("GB",), True),
        ("+447781123456", ("GB",), False),
        ("+881612345678", ("DE",), False),
        ("911", (), False),
        ("", (), False),
    ],
)
def test_abuse_118_only_numbers_of_countries_are_reached_and_of_those_that_are_named(
    number: str, countries: tuple[str, ...], *, reached: bool
) -> None:
    assert is_reached(number, countries) is reached


@pytest.mark.abuse(118)
def test_abuse_118_a_number_that_was_taken_before_is_not_sent_to_any_more(
    session: Session, monitor: Monitor
) -> None:
    only = relay_settings(burst=100, text_countries=("AT",))
    refused = written(session, monitor, to=("sms", "+4915112345678"))
    assert take(session, refused, seconds(1), by=only) is None
    assert state_of(session, refused) is DeliveryState.DEAD
    assert "does not send text messages to" in str(row(session, refused).last_error)
    assert counts(session) == ([], [], [])
