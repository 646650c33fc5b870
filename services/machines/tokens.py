"""Access tokens of service accounts: granting and revoking them."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from domain.permissions import of_machine
from models import RevokedToken
from security.jwt.tokens import MACHINE_LIFETIME, MachineClaims, new_jti
from services.errors import Invalid
from services.machines import machines
from services.machines.client_authentication import Client


def grant(
    session: Session,
    client: Client,
    asked: Iterable[str],
    *,
    certificate: str | None,
    now: datetime,
) -> MachineClaims:
    """Return the claims of a new token. Raise `Invalid` for scopes that the client lacks.

    Without requested scopes, the token has all scopes that the client has now.
    """
    account = client.account
    most = {scope.value for scope in of_machine(client.own, account.scopes)}
    wished = set(asked)
    if not wished <= most or not most:
        raise Invalid({"scope": ["The client may not have this scope."]})
    machines.note_use(session, account, now=now)
    return MachineClaims(
        client_id=account.public_id,
        organization_id=client.organization.public_id,
        scopes=tuple(sorted(wished or most)),
        epoch=machines.epoch(client.organization.token_epoch, account),
        jti=new_jti(),
        expires_at=now + MACHINE_LIFETIME,
        certificate=certificate,
    )


def revoke(session: Session, client: Client, claims: MachineClaims) -> None:
    """Revoke a token, if it is the client's own (RFC 7009)."""
    if claims.client_id != client.account.public_id:
        return
    session.execute(
        insert(RevokedToken)
        .values(
            jti=claims.jti,
            organization_id=client.account.organization_id,
            expires_at=claims.expires_at,
        )
        .on_conflict_do_nothing()
    )


def purge(session: Session, *, now: datetime) -> None:
    """Delete revoked tokens that have expired."""
    session.execute(delete(RevokedToken).where(RevokedToken.expires_at < now - MACHINE_LIFETIME))
