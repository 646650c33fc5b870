"""Failed logins, as they are counted: by account and where they come from, by network, and forgotten again."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.alerting.account_event import AccountEvent
from domain.login_throttle import IN_AN_HOUR, OF_CODES
from models import AccountMail, LoginFailure
from services.accounts.login import throttle
from services.accounts.login.throttle import LoginAttempt
from services.errors import TooMany

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
ADA, EVE = "ada@example.test", "eve@example.test"
HOME, AWAY = "192.0.2.1", "198.51.100.1"
PHONE = uuid.UUID(int=1)


def tried(
    email: str | None = ADA, network: str = AWAY, device: uuid.UUID | None = None
) -> LoginAttempt:
    return LoginAttempt(email=email, network=network, device=device)


def fail(
    session: Session, times: int, what: LoginAttempt | None = None, *, by_code: bool = False
) -> None:
    for _ in range(times):
        throttle.failed(session, what or tried(), by_code=by_code, now=NOW)


def wait(session: Session, what: LoginAttempt | None = None, now: datetime = NOW) -> float:
    """Return for how many seconds a login has to wait."""
    try:
        throttle.check(session, what or tried(), now=now)
    except TooMany as refusal:
        return refusal.retry_after.total_seconds()
    return 0


@pytest.mark.abuse(60)
def test_who_fails_with_an_account_waits(session: Session) -> None:
    fail(session, 4)
    assert wait(session) == 0
    fail(session, 3)
    assert [wait(session), wait(session, tried(EVE))] == [4, 0]
    assert wait(session, now=NOW + timedelta(seconds=4)) == 0


@pytest.mark.abuse(82)
def test_nobody_waits_for_what_somebody_else_got_wrong(session: Session) -> None:
    fail(session, 19)
    assert wait(session) > 0
    assert wait(session, tried(network=HOME)) == 0


@pytest.mark.abuse(60)
def test_one_customer_of_a_provider_has_one_count_however_many_networks_it_has(
    session: Session,
) -> None:
    fail(session, 7, tried(network="2001:db8::/64"))
    assert wait(session, tried(network="2001:db8:0:2::/64")) == 4
    assert wait(session, tried(network="2001:db8:1::/64")) == 0


@pytest.mark.abuse(60)
def test_a_network_waits_whichever_account_it_tries(session: Session) -> None:
    for number in range(22):
        fail(session, 1, tried(f"nobody{number}@example.test"))
    assert [wait(session, tried(EVE)), wait(session, tried(EVE, HOME))] == [4, 0]
    assert wait(session, tried(None)) == 4


@pytest.mark.abuse(82)
def test_a_known_device_waits_for_its_own_failures_alone(session: Session) -> None:
    for number in range(22):
        fail(session, 1, tried(f"nobody{number}@example.test"))
    fail(session, OF_CODES + 9, by_code=True)
    phone = tried(device=PHONE)
    assert wait(session) > 0
    assert wait(session, phone) == 0
    fail(session, 7, phone)
    assert wait(session, phone) == 4
    assert wait(session, tried(device=uuid.UUID(int=2))) == 0


@pytest.mark.abuse(80)
def test_wrong_codes_count_from_wherever_they_come(session: Session) -> None:
    for number in range(OF_CODES + 2):
        fail(session, 1, tried(network=f"198.51.100.{number}"), by_code=True)
    assert wait(session, tried(network=HOME)) == 4
    throttle.succeeded(session, tried(device=PHONE))
    assert wait(session, tried(network=HOME)) == 4
    throttle.succeeded(session, tried(network=HOME))
    assert wait(session, tried(network=HOME)) == 0


@pytest.mark.abuse(60)
def test_an_account_is_guessed_at_by_ever_so_many_for_so_long(session: Session) -> None:
    for number in range(IN_AN_HOUR):
        assert wait(session, tried(network=f"192.0.2.{number}")) == 0
        fail(session, 1, tried(network=f"198.51.{number // 256}.{number % 256}"))
    assert wait(session, tried(network=HOME)) == 3600
    assert wait(session, tried(network=HOME, device=PHONE)) == 0
    assert wait(session, tried(network=HOME), NOW + timedelta(hours=1)) == 0


def test_who_comes_in_begins_anew(session: Session) -> None:
    fail(session, 8)
    throttle.succeeded(session, tried())
    assert wait(session) == 0
    fail(session, 4)
    assert wait(session) == 0


@pytest.mark.abuse(80)
def test_a_new_password_ends_the_wait_but_not_that_for_wrong_codes(session: Session) -> None:
    fail(session, 8)
    throttle.set_password(session, tried(), now=NOW)
    assert wait(session) == 0
    fail(session, OF_CODES + 2, by_code=True)
    throttle.set_password(session, tried(), now=NOW)
    assert wait(session) == 4


def test_after_a_day_it_counts_from_one(session: Session) -> None:
    fail(session, 9)
    throttle.failed(session, tried(), now=NOW + timedelta(hours=24))
    rows = session.scalars(select(LoginFailure.failures).order_by(LoginFailure.failures)).all()
    # The origin, the network and the account; the hours of both days.
    assert rows == [1, 1, 1, 1, 9]
    throttle.purge(session, now=NOW + timedelta(hours=49))
    assert session.scalars(select(LoginFailure)).all() == []


def test_the_account_is_told_once_however_many_networks_it_is_tried_from(session: Session) -> None:
    for number in range(12):
        fail(session, 1, tried(network=f"198.51.100.{number}"))
    (mail,) = session.scalars(select(AccountMail))
    assert (mail.event, mail.address) == (AccountEvent.FAILED_LOGINS, ADA)
    assert mail.facts == {"Last from": "198.51.100.4"}


def test_neither_address_is_kept(session: Session) -> None:
    fail(session, 1)
    rows = session.scalars(select(LoginFailure.whose)).all()
    assert [len(each) for each in rows] == [32] * 4
    assert not any(name.encode() in each for each in rows for name in (ADA, AWAY))
