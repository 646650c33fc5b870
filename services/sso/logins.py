"""Logins by a connection: begun by a browser, answered by the provider, and ended by it."""

import hashlib
import secrets
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hmac import compare_digest
from typing import Any

from sqlalchemy import delete as delete_rows
from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.login.mail_domains import domain_of
from models import Domain, SsoConnection, SsoIdentity, SsoLogin, UserSession
from models.domain import DomainState
from models.session import act_for
from security.oidc.provider import SCOPES, Client
from security.vault import KeyRing
from services.accounts.accounts import Registered
from services.sso import connections, identities
from services.sso.identities import SsoRefused

LASTS = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Begun:
    """A login under way. The state goes to the provider, and the browser keeps its secret."""

    state: str
    browser: str = field(repr=False)

    @property
    def nonce(self) -> str:
        return derived(self.browser, "nonce")

    @property
    def verifier(self) -> str:
        return derived(self.browser, "verifier")


def derived(browser: str, purpose: str) -> str:
    """Return a secret of one login, which only the holder of the cookie can compute."""
    return hashlib.sha256(f"downtime/sso/{purpose}\0{browser}".encode()).hexdigest()


def route(session: Session, email: str) -> SsoConnection | None:
    """Return the connection for an address: that of the organization which proved its domain.

    The transaction acts for this organization from here on.
    """
    owner = session.scalar(
        select(Domain.organization_id).where(
            Domain.name == domain_of(email), Domain.state == DomainState.PROVEN
        )
    )
    if owner is None:
        return None
    act_for(session, owner)
    return session.scalars(
        select(SsoConnection)
        .where(SsoConnection.organization_id == owner, SsoConnection.enabled)
        .order_by(SsoConnection.id)
        .limit(1)
    ).one_or_none()


def of_id(session: Session, connection_id: uuid.UUID) -> SsoConnection | None:
    """Return an enabled connection, and act for its organization."""
    owner = session.scalar(
        select(SsoConnection.organization_id).where(SsoConnection.public_id == connection_id)
    )
    if owner is None:
        return None
    act_for(session, owner)
    return session.scalars(
        select(SsoConnection).where(
            SsoConnection.organization_id == owner,
            SsoConnection.public_id == connection_id,
            SsoConnection.enabled,
        )
    ).one_or_none()


def callback(connection: SsoConnection, public_url: str) -> str:
    """Return where the provider sends people: each connection has an address of its own."""
    return f"{public_url.rstrip('/')}/sso/{connection.public_id}/callback"


def logout(connection: SsoConnection, public_url: str) -> str:
    """Return where the provider sends logout tokens."""
    return f"{public_url.rstrip('/')}/sso/{connection.public_id}/logout"


def client(
    session: Session, connection: SsoConnection, *, ring: KeyRing, public_url: str
) -> Client:
    """Return this service as the client of the provider of a connection."""
    return Client(
        issuer=connection.issuer,
        client_id=connection.client_id,
        secret=connections.secret_of(session, connection, ring=ring),
        redirect_uri=callback(connection, public_url),
        scopes=" ".join([SCOPES, *connection.scopes]),
    )


def begin(session: Session, connection: SsoConnection, *, now: datetime) -> Begun:
    """Begin a login by a connection, which the session acts for."""
    begun = Begun(secrets.token_urlsafe(32), secrets.token_urlsafe(32))
    session.add(
        SsoLogin(
            organization_id=connection.organization_id,
            sso_connection_id=connection.id,
            state_hash=_hash(begun.state),
            browser_hash=_hash(begun.browser),
            expires_at=now + LASTS,
        )
    )
    session.flush()
    return begun


def answer(
    session: Session, connection: SsoConnection, *, state: str, browser: str, now: datetime
) -> Begun:
    """Use up a login. Commit whatever follows, so that no answer is taken twice.

    Raise `SsoRefused` for a state that is unknown, of another connection, or of another browser.
    """
    row = session.scalars(
        delete_rows(SsoLogin)
        .where(
            SsoLogin.organization_id == connection.organization_id,
            SsoLogin.sso_connection_id == connection.id,
            SsoLogin.state_hash == _hash(state),
            SsoLogin.expires_at > now,
        )
        .returning(SsoLogin)
    ).one_or_none()
    if row is None or not compare_digest(row.browser_hash, _hash(browser)):
        raise SsoRefused("The state is of no login that this browser began here.")
    return Begun(state, browser)


def enter(
    session: Session,
    connection_id: uuid.UUID,
    known: Client,
    claims: Mapping[str, Any],
    *,
    now: datetime,
) -> Registered:
    """Return the account of verified claims, unless the connection was changed in between."""
    connection = of_id(session, connection_id)
    if connection is None or (connection.issuer, connection.client_id) != (
        known.issuer,
        known.client_id,
    ):
        raise SsoRefused("The connection was changed during the login.")
    return identities.enter(session, connection, claims, now=now)


def log_out(
    session: Session, connection: SsoConnection, *, subject: str | None, sid: str | None
) -> int:
    """End the sessions that a logout token names; return how many there were.

    A session id without a match ends all sessions of the subject, if that is named too.
    """
    own = select(SsoIdentity.id).where(SsoIdentity.sso_connection_id == connection.id)
    if subject is not None:
        own = own.where(SsoIdentity.subject == subject)
    query = delete_rows(UserSession).where(UserSession.sso_identity_id.in_(own))
    if sid is not None:
        ended = _count(session, query.where(UserSession.sso_sid == sid))
        if ended or subject is None:
            return ended
    return _count(session, query)


def purge(session: Session, *, now: datetime) -> None:
    """Delete logins that nobody finished."""
    session.execute(delete_rows(SsoLogin).where(SsoLogin.expires_at < now))


def _count(session: Session, query: Any) -> int:  # noqa: ANN401 - a statement
    ended = session.scalars(
        query.returning(UserSession.id).execution_options(synchronize_session=False)
    ).all()
    return len(ended)


def _hash(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()
