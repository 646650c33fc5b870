"""Who is asking: the one thing that routes may trust about a request."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from flask import request
from sqlalchemy.orm import Session

from api.resources import resources
from models.organization import Role
from security.tokens import Claims, TokenError
from services import accounts
from services.errors import Unauthenticated

_WHY = "Send a valid access token in the header `Authorization: Bearer …`."


@dataclass(frozen=True, slots=True)
class Principal:
    """On whose behalf a request is served. The tenant is taken from here, never from the request."""

    organization_id: int
    user_id: int
    role: Role


@dataclass(frozen=True, slots=True)
class Call:
    """One authenticated request: its transaction, its principal, and the database's time."""

    session: Session
    principal: Principal
    now: datetime
    after_commit: list[Callable[[], None]] = field(default_factory=list)
    """What to do once the transaction of this request is committed; it must not raise."""

    @property
    def organization_id(self) -> int:
        return self.principal.organization_id


def claims() -> Claims:
    """Return what the access token of this request says; raises `Unauthenticated`."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        raise Unauthenticated(_WHY)
    try:
        return resources().tokens.verify(token.strip())
    except TokenError as error:
        raise Unauthenticated(_WHY) from error


def call(session: Session, claimed: Claims) -> Call:
    """Believe the claims only as far as the membership still exists."""
    member = accounts.member(session, claimed.organization_id, claimed.user_id)
    if member is None:
        raise Unauthenticated(_WHY)
    return Call(session, Principal(member.organization_id, member.user_id, member.role), member.now)
