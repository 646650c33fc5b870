"""Claims and marks: one relay at a time, the outage before the recovery, an end for every message."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from domain.alert import AlertEvent
from domain.outcome import Cause
from domain.retry import GIVE_UP_AFTER
from models import Delivery, Incident, Monitor
from models.delivery import DeliveryState
from notifiers.base import NotifierError
from services.deliveries import record_down, record_up
from services.delivery_claims import LEASE, Claimed, claim, due, mark_failed, mark_sent
from tests.services.outage import EMAIL, NOW, SMS, broken, end, watched

PUBLIC_URL = "https://downtime.example/"
BUSY = NotifierError("The server is busy.", permanent=False)
UNKNOWN_ADDRESS = NotifierError("No such mailbox.", permanent=True)


def seconds(count: float) -> datetime:
    return NOW + timedelta(seconds=count)


def take(session: Session, delivery_id: int, now: datetime = NOW) -> Claimed | None:
    return claim(session, delivery_id, public_url=PUBLIC_URL, now=now)


def taken(session: Session, delivery_id: int, now: datetime = NOW) -> Claimed:
    claimed = take(session, delivery_id, now)
    assert claimed is not None
    return claimed


def fail(session: Session, claimed: Claimed, error: NotifierError, now: datetime) -> list[int]:
    return mark_failed(session, claimed, error, now=now, chance=0.5)


def state_of(session: Session, delivery_id: int) -> DeliveryState:
    return session.get_one(Delivery, delivery_id).state


@pytest.fixture
def incident(session: Session) -> Incident:
    return broken(session, watched(session, EMAIL))


@pytest.fixture
def outage(session: Session, incident: Incident) -> int:
    return record_down(session, incident, now=NOW)[0]


@pytest.fixture
def recovery(session: Session, incident: Incident, outage: int) -> int:
    del outage
    end(session, incident, at=seconds(60))
    return record_up(session, incident, now=seconds(60))[0]


@pytest.mark.parametrize(
    ("cause", "expected"), [(Cause.AUTHORIZATION, True), (Cause.STATUS, False)]
)
def test_an_alert_says_whether_it_was_the_credential_that_failed(
    session: Session,
    incident: Incident,
    outage: int,
    cause: Cause,
    expected: bool,  # noqa: FBT001 - a table
) -> None:
    incident.cause = cause
    assert taken(session, outage).alert.is_authorization is expected


def test_a_claim_brings_all_that_is_to_be_said(
    session: Session, incident: Incident, outage: int
) -> None:
    claimed = taken(session, outage)
    row = session.get_one(Delivery, outage)
    assert (claimed.kind, claimed.address, claimed.attempt) == (*EMAIL, 1)
    assert (row.state, row.attempt, row.lease_until) == (DeliveryState.SENDING, 1, NOW + LEASE)
    alert = claimed.alert
    assert alert.key == alert.outage_key == str(row.public_id)
    assert (alert.event, alert.monitor_name) == (AlertEvent.DOWN, "Shop")
    assert (alert.cause, alert.started_at) == (incident.detail, incident.started_at)
    assert alert.link == f"https://downtime.example/api/v1/incidents/{incident.public_id}"


def test_the_recovery_is_told_with_its_duration_and_refers_to_the_outage(
    session: Session, outage: int, recovery: int
) -> None:
    told = taken(session, outage)
    mark_sent(session, told, None, now=seconds(61))
    alert = taken(session, recovery, seconds(62)).alert
    assert (alert.event, alert.duration) == (AlertEvent.UP, timedelta(seconds=130))
    assert alert.outage_key == told.alert.key != alert.key


def test_what_is_told_of_an_outage_does_not_depend_on_when(
    session: Session, outage: int, recovery: int
) -> None:
    del recovery
    first = taken(session, outage).alert
    again = taken(session, outage, seconds(600)).alert
    assert first == again
    assert again.ended_at is None


def test_a_delivery_is_claimed_once_until_its_lease_ends(session: Session, outage: int) -> None:
    assert taken(session, outage).attempt == 1
    assert take(session, outage, NOW + LEASE - timedelta(seconds=1)) is None
    assert due(session, now=NOW + LEASE - timedelta(seconds=1), limit=9) == []
    assert due(session, now=NOW + LEASE, limit=9) == [outage]
    assert taken(session, outage, NOW + LEASE).attempt == 2


@pytest.mark.parametrize("nobody", [-1, 0, 2**31 - 1])
def test_a_delivery_that_does_not_exist_cannot_be_claimed(session: Session, nobody: int) -> None:
    assert take(session, nobody) is None


def test_what_is_sent_stays_sent(session: Session, outage: int) -> None:
    claimed = taken(session, outage)
    mark_sent(session, claimed, "queued as 42", now=seconds(1))
    row = session.get_one(Delivery, outage)
    assert (row.state, row.sent_at) == (DeliveryState.SENT, seconds(1))
    assert row.provider_reference == "queued as 42"
    assert take(session, outage, seconds(1000)) is None
    assert fail(session, claimed, BUSY, seconds(2)) == []
    assert state_of(session, outage) is DeliveryState.SENT


def test_a_temporary_failure_is_tried_again_later_under_the_same_key(
    session: Session, outage: int
) -> None:
    first = taken(session, outage)
    assert fail(session, first, BUSY, seconds(1)) == []
    row = session.get_one(Delivery, outage)
    assert (row.state, row.last_error) == (DeliveryState.PENDING, "The server is busy.")
    assert take(session, outage, seconds(5.9)) is None
    second = taken(session, outage, seconds(6))
    assert (second.attempt, second.alert.key) == (2, first.alert.key)


def test_the_wait_that_a_provider_asks_for_is_kept(session: Session, outage: int) -> None:
    asked = NotifierError("Too many.", permanent=False, retry_after=300)
    fail(session, taken(session, outage), asked, NOW)
    assert due(session, now=seconds(299), limit=9) == []
    assert due(session, now=seconds(300), limit=9) == [outage]


def test_invariant_4_a_permanent_failure_is_a_visible_dead_letter(
    session: Session, outage: int
) -> None:
    fail(session, taken(session, outage), UNKNOWN_ADDRESS, seconds(1))
    row = session.get_one(Delivery, outage)
    assert (row.state, row.last_error) == (DeliveryState.DEAD, "No such mailbox.")
    assert due(session, now=seconds(10**6), limit=9) == []


def test_invariant_4_after_a_day_of_failures_a_delivery_is_dead(
    session: Session, outage: int
) -> None:
    now, attempts = NOW, 0
    while state_of(session, outage) is not DeliveryState.DEAD:
        fail(session, taken(session, outage, now), BUSY, now)
        now, attempts = session.get_one(Delivery, outage).next_attempt_at, attempts + 1
    assert timedelta(hours=23) < now - NOW < GIVE_UP_AFTER
    assert 90 < attempts < 120
    assert session.get_one(Delivery, outage).last_error == "The server is busy."


def test_invariant_4_a_delivery_that_ends_its_relay_each_time_is_dead_after_a_day(
    session: Session, outage: int
) -> None:
    taken(session, outage)
    assert take(session, outage, NOW + GIVE_UP_AFTER) is None
    row = session.get_one(Delivery, outage)
    assert row.state is DeliveryState.DEAD
    assert row.last_error == "No attempt to send it came to an end."


def test_a_delivery_that_waited_a_day_for_us_is_still_tried(session: Session, outage: int) -> None:
    assert taken(session, outage, NOW + 2 * GIVE_UP_AFTER).attempt == 1


def test_the_mark_of_a_relay_whose_lease_was_taken_over_counts_for_nothing(
    session: Session, outage: int
) -> None:
    slow = taken(session, outage)
    quick = taken(session, outage, seconds(60))
    assert fail(session, slow, UNKNOWN_ADDRESS, seconds(61)) == []
    assert mark_sent(session, slow, "late", now=seconds(61)) == []
    assert state_of(session, outage) is DeliveryState.SENDING
    mark_sent(session, quick, "in time", now=seconds(62))
    assert session.get_one(Delivery, outage).provider_reference == "in time"


def test_a_recovery_waits_for_its_outage(session: Session, outage: int, recovery: int) -> None:
    assert due(session, now=seconds(60), limit=9) == [outage]
    assert take(session, recovery, seconds(60)) is None
    told = taken(session, outage, seconds(60))
    assert take(session, recovery, seconds(61)) is None
    assert mark_sent(session, told, None, now=seconds(62)) == [recovery]
    assert due(session, now=seconds(62), limit=9) == [recovery]
    assert taken(session, recovery, seconds(62)).alert.event is AlertEvent.UP


def test_a_recovery_whose_outage_could_not_be_told_is_cancelled(
    session: Session, outage: int, recovery: int
) -> None:
    told = taken(session, outage, seconds(60))
    assert fail(session, told, UNKNOWN_ADDRESS, seconds(61)) == [recovery]
    assert due(session, now=seconds(61), limit=9) == [recovery]
    assert take(session, recovery, seconds(61)) is None
    assert state_of(session, recovery) is DeliveryState.CANCELLED
    assert due(session, now=seconds(10**6), limit=9) == []


def test_a_recovery_does_not_wait_for_the_outage_of_another_address(session: Session) -> None:
    incident = broken(session, watched(session, EMAIL, SMS))
    ids = record_down(session, incident, now=NOW)
    rows = session.scalars(select(Delivery).where(Delivery.id.in_(ids))).all()
    by_email = next(row.id for row in rows if row.kind == "email")
    mark_sent(session, taken(session, by_email), None, now=NOW)
    end(session, incident, at=seconds(60))
    record_up(session, incident, now=seconds(60))
    coming = due(session, now=seconds(60), limit=9)
    told = session.scalars(select(Delivery).where(Delivery.id.in_(coming))).all()
    assert {(row.event, row.kind) for row in told} == {
        (AlertEvent.DOWN, "sms"),
        (AlertEvent.UP, "email"),
    }


def test_due_are_the_longest_waiting_first_and_no_more_than_asked_for(session: Session) -> None:
    monitor = watched(session, *[("email", f"{number}@example.org") for number in range(5)])
    ids = record_down(session, broken(session, monitor), now=NOW)
    for number, delivery_id in enumerate(ids):
        session.get_one(Delivery, delivery_id).next_attempt_at = seconds(-number)
    session.flush()
    assert due(session, now=NOW, limit=3) == ids[:1:-1]


def test_a_delivery_that_another_transaction_holds_is_passed_over(committed: Engine) -> None:
    with Session(committed) as session, session.begin():
        delivery_id = record_down(session, broken(session, watched(session, EMAIL)), now=NOW)[0]
    with Session(committed) as first, Session(committed) as second:
        assert take(first, delivery_id) is not None
        assert take(second, delivery_id) is None
        second.rollback()
        first.commit()
        assert take(second, delivery_id, seconds(1)) is None


def test_renaming_a_monitor_between_attempts_is_no_trouble(
    session: Session, incident: Incident, outage: int
) -> None:
    fail(session, taken(session, outage), BUSY, NOW)
    session.get_one(Monitor, incident.monitor_id).name = "New shop"
    session.flush()
    assert taken(session, outage, seconds(30)).alert.monitor_name == "New shop"


def test_long_errors_are_cut(session: Session, outage: int) -> None:
    fail(session, taken(session, outage), NotifierError("x" * 9999, permanent=True), NOW)
    assert session.get_one(Delivery, outage).last_error == "x" * 500
