"""Failed logins, as they are counted: by account, by network, and forgotten again."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.account_event import AccountEvent
from models import AccountMail, LoginFailure
from services import login_throttle
from services.errors import TooMany

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
ADA, EVE = "ada@example.test", "eve@example.test"
HOME, AWAY = "192.0.2.1", "198.51.100.1"


def fail(session: Session, times: int, email: str = ADA, network: str = AWAY) -> None:
    for _ in range(times):
        login_throttle.failed(session, email, network, now=NOW)


def wait(session: Session, email: str = ADA, network: str = HOME, now: datetime = NOW) -> float:
    """Return for how many seconds a login has to wait."""
    try:
        login_throttle.check(session, email, network, now=now)
    except TooMany as refusal:
        return refusal.retry_after.total_seconds()
    return 0


@pytest.mark.abuse(60)
def test_an_account_waits_wherever_the_next_try_comes_from(session: Session) -> None:
    fail(session, 4)
    assert wait(session) == 0
    fail(session, 3)
    assert [wait(session), wait(session, EVE)] == [4, 0]
    assert wait(session, now=NOW + timedelta(seconds=4)) == 0


@pytest.mark.abuse(60)
def test_a_network_waits_whichever_account_it_tries(session: Session) -> None:
    for number in range(22):
        fail(session, 1, f"nobody{number}@example.test")
    assert [wait(session, EVE, AWAY), wait(session, EVE, HOME)] == [4, 0]


def test_who_comes_in_begins_anew(session: Session) -> None:
    fail(session, 8)
    login_throttle.forget(session, ADA)
    assert wait(session) == 0
    fail(session, 4)
    assert wait(session) == 0


def test_after_a_day_it_counts_from_one(session: Session) -> None:
    fail(session, 9)
    login_throttle.failed(session, ADA, AWAY, now=NOW + timedelta(hours=24))
    assert session.scalars(select(LoginFailure.failures)).all() == [1, 1]
    login_throttle.purge(session, now=NOW + timedelta(hours=49))
    assert session.scalars(select(LoginFailure)).all() == []


def test_the_account_is_told_once_when_it_begins_to_wait(session: Session) -> None:
    fail(session, 12)
    (mail,) = session.scalars(select(AccountMail))
    assert (mail.event, mail.address) == (AccountEvent.FAILED_LOGINS, ADA)
    assert mail.facts == {"Last from": AWAY}


def test_neither_address_is_kept(session: Session) -> None:
    fail(session, 1)
    rows = session.scalars(select(LoginFailure.whose)).all()
    assert [len(each) for each in rows] == [32, 32]
    assert not any(name.encode() in each for each in rows for name in (ADA, AWAY))
