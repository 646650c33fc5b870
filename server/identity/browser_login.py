"""The cookies of a login in a browser."""

from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import UserSession
from server.identity.clients import origin
from server.identity.proofs import prove_factor
from services.accounts import browser_sessions, refresh_tokens
from services.accounts.accounts import Registered
from services.accounts.login import enforcement, factors
from services.accounts.login.factors import Factor
from services.accounts.sessions import Origin


@dataclass(frozen=True, slots=True)
class BrowserLogin:
    """The values of two cookies: of the session, and of the device that is known from now on."""

    session: str = field(repr=False)
    device: str = field(repr=False)


def begin(
    session: Session, registered: Registered, now: datetime, factor: Factor = factors.NONE
) -> BrowserLogin:
    """Begin a session of a browser. The factor is required if a second factor is enabled."""
    user, organization = registered.user, registered.organization
    prove_factor(session, registered, factor, now)
    enforcement.admit(session, user, organization, registered.way, now=now)
    begun = browser_sessions.begin(session, user, organization, _origin(registered), now=now)
    row = session.scalars(
        select(UserSession).where(UserSession.public_id == begun.session_id)
    ).one()
    # Whoever has it is known to have logged in here before, so others cannot lock them out.
    device = refresh_tokens.issue(session, organization.id, row)
    return BrowserLogin(begun.cookie, device)


def _origin(registered: Registered) -> Origin:
    came, sso = origin(registered.way), registered.sso
    if sso is None:
        return came
    return replace(
        came,
        sso_identity_id=sso.identity_id,
        sso_organization_id=sso.organization_id,
        sso_sid=sso.sid,
    )
