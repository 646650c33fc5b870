"""Attempts to prove whose account it is: counted by account and by network, whichever way they come.

Whatever begins a session goes through `begin_session`; whatever else takes a password from somebody
without a session goes through `attempt` (tests/api/test_ways_in.py).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from sqlalchemy.orm import Session

from api import limits, login_tokens
from api.resources import resources
from models.session import database_now
from services import accounts, invitations, login_throttle, registrations
from services.accounts import Registered
from services.errors import Unauthenticated

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One way in: which account it leads to, and how somebody proves that it is theirs."""

    email: Callable[[Session, datetime], str | None]
    """Return the address of the account, or nothing where the way leads nowhere."""
    prove: Callable[[Session, datetime], Registered]
    """Raises `Unauthenticated`."""
    failed: Callable[[Session], None] = lambda _: None
    """Write down what a failure costs beside the wait."""


def by_password(*, email: str, password: str, organization_id: UUID | None = None) -> Way:
    address = accounts.login_email(email)
    return Way(
        email=lambda _, __: address,
        prove=lambda session, _: accounts.login(
            session, email=email, password=password, organization_id=organization_id
        ),
    )


def by_registration(*, token: str, password: str) -> Way:
    links = resources().links
    return Way(
        email=lambda session, now: registrations.addressee(session, links, token=token, now=now),
        prove=lambda session, now: registrations.confirm(
            session, links, token=token, password=password, now=now
        ),
    )


def by_invitation(*, token: str, password: str) -> Way:
    return Way(
        email=lambda session, now: invitations.addressee(session, token=token, now=now),
        prove=lambda session, now: invitations.accept(
            session, token=token, password=password, now=now
        ),
        failed=lambda session: invitations.count_failure(session, token=token),
    )


def begin_session(way: Way, code: str = "") -> tuple[Registered, dict[str, object]]:
    """Begin a session, and return whose it is with its first tokens; raises `Unauthenticated`."""

    def begin(session: Session, now: datetime) -> tuple[Registered, dict[str, object]]:
        registered = way.prove(session, now)
        tokens = login_tokens.begin(session, registered, now, code)
        login_throttle.forget(session, accounts.login_email(registered.user.email))
        return registered, tokens

    return _guarded(way, begin)


def attempt(way: Way) -> Registered:
    """Prove whose account it is, and begin no session; raises `Unauthenticated`."""
    return _guarded(way, way.prove)


def _guarded(way: Way, act: Callable[[Session, datetime], T]) -> T:
    network, email = limits.address(), None
    limits.spend(limits.LOGINS_OF_ADDRESS, network)
    try:
        with resources().transaction() as session:
            now = database_now(session)
            email = way.email(session, now)
            if email is not None:
                limits.spend(limits.LOGINS_OF_ACCOUNT, limits.account(email))
            login_throttle.check(session, email, network, now=now)
            return act(session, now)
    except Unauthenticated:
        # In a transaction of its own, since the one above is undone.
        with resources().transaction() as session:
            login_throttle.failed(session, email, network, now=database_now(session))
            way.failed(session)
        raise
