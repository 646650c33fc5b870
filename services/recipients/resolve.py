"""Chooses the recipient of an answer: the named one, or the only active one."""

import uuid
from datetime import datetime

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from models import Organization, Recipient
from models.recipient import RecipientState
from security.jwt.jose import Addressee
from services.errors import Conflict, Invalid
from services.recipients.recipients import key_of

_NONE = (
    "No recipient is active, so answers cannot be encrypted. Register one, or name an active one."
)


def is_required(session: Session, organization_id: int) -> bool:
    """Return whether the organization requires encryption of all answers about its history."""
    query = select(Organization.require_encryption).where(Organization.id == organization_id)
    return session.scalars(query).one()


def is_any(session: Session, organization_id: int, *, now: datetime) -> bool:
    """Return whether the organization has an active recipient now."""
    usable = select(Recipient.id).where(*_usable(organization_id, now)).limit(1)
    return session.scalars(usable).one_or_none() is not None


def choose(
    session: Session, organization_id: int, named: uuid.UUID | None, *, now: datetime
) -> Addressee:
    """Return a recipient that is active now. Raise `Conflict` if there is none or several.

    With several active ones, the request has to name one.
    """
    query = (
        select(Recipient, Organization.public_id)
        .join(Organization, Organization.id == Recipient.organization_id)
        .where(*_usable(organization_id, now))
    )
    if named is not None:
        _refuse_unknown(session, organization_id, named)
        query = query.where(Recipient.public_id == named)
    found = session.execute(query.limit(2)).all()
    if not found:
        raise Conflict(_NONE)
    if len(found) > 1:
        raise Conflict("Several recipients are active. Name one in the header `X-Recipient`.")
    recipient, public_id = found[0]
    return Addressee(id=recipient.public_id, organization_id=public_id, key=key_of(recipient))


def _usable(organization_id: int, now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        Recipient.organization_id == organization_id,
        Recipient.state == RecipientState.ACTIVE,
        or_(Recipient.expires_at.is_(None), Recipient.expires_at > now),
    )


def _refuse_unknown(session: Session, organization_id: int, named: uuid.UUID) -> None:
    there = select(Recipient.id).where(
        Recipient.organization_id == organization_id, Recipient.public_id == named
    )
    if session.scalars(there).one_or_none() is None:
        raise Invalid({"recipient": ["There is no such recipient."]})
