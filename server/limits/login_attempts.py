"""Attempts to prove the ownership of an account. Failures count alike for every way.

Code that begins a session uses `begin_session`. Code that takes a password without a session uses
`attempt` (tests/api/accounts/test_ways_in.py).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy.orm import Session

from domain.login.history import LoginFactor
from domain.organization_policy import LoginWay
from models.session import database_now
from security.oidc.provider import Client
from server.identity import browser_login, login_tokens
from server.identity.browser_login import BrowserLogin
from server.identity.clients import origin
from server.identity.proofs import passkey_checks
from server.limits import rate_limits
from server.resources import resources
from services.accounts import accounts, refresh_tokens, registrations
from services.accounts.accounts import Registered
from services.accounts.login import denials, factors, history, passkeys, steps, throttle
from services.accounts.login.factors import Factor
from services.accounts.login.history import Seen
from services.accounts.login.throttle import LoginAttempt
from services.audit import acts
from services.errors import Unauthenticated
from services.organizations import invitations
from services.sso import logins as sso_logins

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class LoginStep:
    """The password was right, and a code of the second factor is due within five minutes."""

    token: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One way to log in: how to find the account, and how to prove its ownership."""

    email: Callable[[Session, datetime], str | None]
    """Return the address of the account, or None if there is no account."""
    prove: Callable[[Session, datetime], Registered]
    """Return the account, or raise `Unauthenticated`."""
    kind: LoginWay = LoginWay.PASSWORD
    refresh_token: str | None = None
    """A refresh token of an earlier login, from a device that claims to be known."""
    failed: Callable[[Session], None] = lambda _: None
    """Record further consequences of a failure."""


def by_password(
    *,
    email: str,
    password: str,
    organization_id: UUID | None = None,
    refresh_token: str | None = None,
) -> Way:
    address = accounts.login_email(email)
    return Way(
        email=lambda _, __: address,
        refresh_token=refresh_token,
        prove=lambda session, _: accounts.login(
            session, email=email, password=password, organization_id=organization_id
        ),
    )


def by_first_step(*, token: str, refresh_token: str | None = None) -> Way:
    """Log in with a code, minutes after a first step proved the password."""
    links = resources().links
    return Way(
        email=lambda session, now: steps.addressee(session, links, token=token, now=now),
        refresh_token=refresh_token,
        prove=lambda session, now: steps.prove(session, links, token=token, now=now),
    )


def by_passkey(*, credential: Mapping[str, Any], refresh_token: str | None = None) -> Way:
    """Log in with a passkey alone, which verified the person."""

    def prove(session: Session, now: datetime) -> Registered:
        user = passkeys.use(session, credential, checks=passkey_checks(), now=now)
        return steps.enter(session, user, LoginWay.PASSKEY)

    return Way(
        kind=LoginWay.PASSKEY,
        email=lambda session, _: passkeys.addressee(session, credential),
        refresh_token=refresh_token,
        prove=prove,
    )


def by_provider(connection_id: UUID, client: Client, claims: Mapping[str, Any]) -> Way:
    """Log in by what an identity provider claims, which was verified.

    Failures count for the network alone: a provider may claim any address.
    """
    return Way(
        kind=LoginWay.SSO,
        email=lambda _, __: None,
        prove=lambda session, now: sso_logins.enter(
            session, connection_id, client, claims, now=now
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


def begin_session(way: Way, factor: Factor = factors.NONE) -> tuple[Registered, dict[str, object]]:
    """Begin a session, and return its account and first tokens, or raise `Unauthenticated`."""

    def act(
        session: Session, tried: LoginAttempt, now: datetime
    ) -> tuple[Registered, dict[str, object]]:
        registered = way.prove(session, now)
        tokens = login_tokens.begin(session, registered, now, factor)
        throttle.succeeded(session, tried)
        history.succeeded(session, registered.user, seen, now=now)
        _declare(session, registered)
        return registered, tokens

    seen = _seen(way, factor)
    return _guarded(way, act, seen)


def begin_browser_session(
    way: Way, factor: Factor = factors.NONE, *, cookie: str = ""
) -> BrowserLogin | LoginStep:
    """Begin a session of a browser, or raise `Unauthenticated`.

    Without a factor, return the step after which one is due, if the account has any. Such a step
    neither begins a session nor forgives failures.
    """

    def act(session: Session, tried: LoginAttempt, now: datetime) -> BrowserLogin | LoginStep:
        registered = way.prove(session, now)
        is_password = registered.way is LoginWay.PASSWORD
        if is_password and not factor.is_given and factors.is_on(session, registered.user.id):
            return LoginStep(steps.token(resources().links, registered.user, now=now))
        login = browser_login.begin(session, registered, now, factor)
        throttle.succeeded(session, tried)
        history.succeeded(session, registered.user, seen, now=now)
        _declare(session, registered)
        return login

    seen = _seen(way, factor, cookie)
    return _guarded(way, act, seen)


def attempt(way: Way) -> Registered:
    """Prove the ownership of an account without a session, or raise `Unauthenticated`."""
    seen = _seen(way, factors.NONE)
    return _guarded(way, lambda session, _, now: way.prove(session, now), seen)


def _seen(way: Way, given: Factor, cookie: str = "") -> Seen:
    """Return what the history keeps of this request."""
    if way.kind is LoginWay.PASSKEY or given.passkey is not None:
        factor = LoginFactor.PASSKEY
    else:
        factor = LoginFactor.CODE if given.code else LoginFactor.NONE
    here = origin(way.kind)
    return Seen(address=here.address, agent=here.agent, cookie=cookie, way=way.kind, factor=factor)


def _guarded(way: Way, act: Callable[[Session, LoginAttempt, datetime], T], seen: Seen) -> T:
    tried = LoginAttempt(network=rate_limits.address())
    if way.refresh_token is None:
        rate_limits.spend(rate_limits.LOGINS_OF_ADDRESS, tried.network)
    try:
        with resources().transaction() as session:
            now = database_now(session)
            tried = _tried(session, way, tried.network, now)
            _spend(way, tried)
            throttle.check(session, tried, now=now)
            return act(session, tried, now)
    except Unauthenticated as refusal:
        # Use another transaction, because the one above is rolled back.
        with resources().transaction() as session:
            now = database_now(session)
            throttle.failed(session, tried, by_code=refusal.by_code, now=now)
            if tried.email is not None:
                history.failed(session, tried.email, seen, by_code=refusal.by_code, now=now)
            way.failed(session)
            denials.declare(session, tried.email, by_code=refusal.by_code)
        raise


def _declare(session: Session, registered: Registered) -> None:
    """Declare the act of a login: a session that begins, or what made the account."""
    acts.declare_user(session, registered.organization.id, registered.user.id)
    acts.wrote(session)


def _tried(session: Session, way: Way, network: str, now: datetime) -> LoginAttempt:
    email, device = way.email(session, now), None
    if email is not None and way.refresh_token is not None:
        device = refresh_tokens.device_of(session, way.refresh_token, email, now=now)
    return LoginAttempt(network=network, email=email, device=device)


def _spend(way: Way, tried: LoginAttempt) -> None:
    """Count the attempt. A known device is not charged for other clients of its network."""
    if tried.device is not None:
        rate_limits.spend(rate_limits.LOGINS_OF_ADDRESS, tried.origin)
    elif way.refresh_token is not None:
        rate_limits.spend(rate_limits.LOGINS_OF_ADDRESS, tried.network)
    if tried.email is not None:
        rate_limits.spend(
            rate_limits.LOGINS_OF_ACCOUNT, rate_limits.account(tried.email), tried.origin
        )
