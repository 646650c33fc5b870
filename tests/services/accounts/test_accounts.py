"""Accounts and refresh tokens, one at a time and at the same time."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from argon2 import PasswordHasher
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from models import Membership, RefreshToken, User, UserSession
from services.accounts import accounts, refresh_tokens
from services.accounts import sessions as user_sessions
from services.accounts.accounts import Registered
from services.accounts.refresh_tokens import KNOWN_FOR
from services.accounts.sessions import Lifetime, Origin
from services.errors import Conflict, Unauthenticated

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
UNUSED = timedelta(hours=12)
LIFETIME = Lifetime(unused=UNUSED, total=3 * UNUSED)
PASSWORD = "correct horse battery"


def register(session: Session, email: str = "ada@example.test") -> Registered:
    return accounts.register(
        session, email=email, password=PASSWORD, organization_name="Shop", now=NOW
    )


def issue(session: Session) -> str:
    made = register(session)
    return refresh_tokens.issue(session, made.organization.id, begin(session, made.user))


def begin(session: Session, user: User, now: datetime = NOW) -> UserSession:
    return user_sessions.begin(session, user.id, Origin(), lifetime=LIFETIME, now=now)


def rotate(session: Session, token: str, now: datetime = NOW) -> str | None:
    renewal = refresh_tokens.rotate(session, token, lifetime=LIFETIME, now=now)
    return renewal.refresh_token if renewal else None


def test_who_registers_owns_the_organization(session: Session) -> None:
    made = register(session)
    membership = session.scalars(select(Membership)).one()
    assert (membership.user_id, membership.organization_id) == (made.user.id, made.organization.id)
    assert membership.role == "owner"


def test_a_password_hash_of_old_parameters_is_renewed_at_login(session: Session) -> None:
    made = register(session)
    made.user.password_hash = PasswordHasher(time_cost=1, memory_cost=64).hash(PASSWORD)
    session.flush()
    accounts.login(session, email="ada@example.test", password=PASSWORD)
    assert "m=19456" in made.user.password_hash


@pytest.mark.parametrize("password", ["", "wrong", PASSWORD + " "])
def test_a_wrong_password_is_refused(session: Session, password: str) -> None:
    register(session)
    with pytest.raises(Unauthenticated):
        accounts.login(session, email="ada@example.test", password=password)


def test_a_membership_is_looked_up_with_the_time_of_the_database(session: Session) -> None:
    made = register(session)
    ids = (made.organization.public_id, made.user.public_id)
    session_id = begin(session, made.user, now=datetime.now(UTC)).public_id
    found = accounts.member(session, *ids, session_id)
    assert found is not None
    assert (found.organization_id, found.user_id) == (made.organization.id, made.user.id)
    assert found.now.tzinfo is not None
    other = register(session, "bob@example.test")
    there = (other.organization.public_id, made.user.public_id)
    assert accounts.member(session, *there, session_id) is None
    of_other = begin(session, other.user, now=datetime.now(UTC)).public_id
    assert accounts.member(session, *ids, of_other) is None
    user_sessions.end(session, session_id)
    assert accounts.member(session, *ids, session_id) is None


def test_a_person_has_a_hundred_sessions_and_the_one_used_least_lately_makes_room(
    session: Session,
) -> None:
    user = register(session).user
    for second in range(user_sessions.MOST + 2):
        now = NOW + timedelta(seconds=second)
        begin(session, user, now)
    kept = user_sessions.of_user(session, user.id)
    assert len(kept) == user_sessions.MOST
    assert kept[-1].created_at == NOW + timedelta(seconds=2)


def test_sessions_that_nobody_goes_on_with_are_purged(session: Session) -> None:
    issue(session)
    user_sessions.purge(session, now=NOW + UNUSED)
    assert len(session.scalars(select(UserSession)).all()) == 1
    user_sessions.purge(session, now=NOW + UNUSED + timedelta(seconds=1))
    assert session.scalars(select(UserSession)).all() == []


def test_a_refresh_token_lives_for_its_lifetime(session: Session) -> None:
    token = issue(session)
    assert rotate(session, token, NOW + UNUSED) is None
    assert rotate(session, token, NOW + UNUSED - timedelta(seconds=1)) is not None


@pytest.mark.abuse(81)
def test_no_renewal_goes_beyond_the_total_lifetime_of_a_session(session: Session) -> None:
    token: str | None = issue(session)
    for hours in (10, 20, 30):
        assert token
        token = rotate(session, token, NOW + timedelta(hours=hours))
    last = session.scalars(select(RefreshToken).where(RefreshToken.used_at.is_(None))).one()
    assert last.expires_at == NOW + 3 * UNUSED
    assert token
    assert rotate(session, token, NOW + 3 * UNUSED) is None


def test_expired_refresh_tokens_are_purged_once_their_device_is_no_longer_known(
    session: Session,
) -> None:
    token = issue(session)
    refresh_tokens.purge(session, now=NOW + UNUSED + KNOWN_FOR)
    assert session.scalars(select(RefreshToken)).all() != []
    refresh_tokens.purge(session, now=NOW + UNUSED + KNOWN_FOR + timedelta(seconds=1))
    assert session.scalars(select(RefreshToken)).all() == []
    assert rotate(session, token) is None


def test_an_expired_refresh_token_that_was_used_is_purged_at_once(session: Session) -> None:
    token = issue(session)
    assert rotate(session, token) is not None
    refresh_tokens.purge(session, now=NOW + 2 * UNUSED)
    assert len(session.scalars(select(RefreshToken)).all()) == 1


def at_once(engine: Engine, work: Callable[[Session], object], times: int) -> list[object]:
    def once(_: int) -> object:
        try:
            with Session(engine) as session, session.begin():
                return work(session)
        except Conflict:
            return None

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(once, range(times)))


@pytest.mark.committed
def test_of_two_uses_at_the_same_time_one_renews_and_the_other_ends_the_family(
    committed: Engine,
) -> None:
    with Session(committed) as session, session.begin():
        token = issue(session)
    renewed = [each for each in at_once(committed, lambda s: rotate(s, token), 2) if each]
    assert len(renewed) == 1
    with Session(committed) as session, session.begin():
        assert rotate(session, str(renewed[0])) is None
        assert all(row.revoked_at for row in session.scalars(select(RefreshToken)))


@pytest.mark.committed
def test_of_two_registrations_at_the_same_time_one_is_refused(committed: Engine) -> None:
    made = at_once(committed, lambda session: bool(register(session)), 2)
    assert sorted(map(bool, made)) == [False, True]
    with Session(committed) as session:
        assert len(session.scalars(select(User)).all()) == 1
