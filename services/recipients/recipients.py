"""Recipients: the holders of keys to which an organization has its answers encrypted.

A key is used only after its holder proved possession, and never again once it is retired.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypedDict

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Recipient
from models.recipient import RecipientState
from security.jwt import jwk
from security.jwt.jwk import EncryptionKey, JwkError
from services import lookup, pagination, quotas
from services.errors import Conflict, Invalid
from services.recipients import challenges as recipient_challenges

_NOUN = "recipient"
_NEWEST_FIRST = pagination.Order(
    scope="recipients", columns=(Recipient.created_at, Recipient.public_id), is_descending=True
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecipientValues:
    name: str
    jwk: Mapping[str, Any]
    expires_at: datetime | None = None


class RecipientChanges(TypedDict, total=False):
    """The fields to change. A missing one stays as it is."""

    name: str
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class RecipientView:
    """A recipient in its state at a moment; `challenge` is a JWE, present only when it is made."""

    recipient: Recipient
    state: RecipientState
    challenge: str | None = None

    @property
    def jwk(self) -> dict[str, str]:
        return key_of(self.recipient).jwk


def register(
    session: Session, organization_id: int, values: RecipientValues, *, now: datetime
) -> RecipientView:
    """Register a public key; it becomes active once the returned challenge is answered."""
    key = _key(values.jwk)
    _refuse_past(values.expires_at, now)
    quotas.take(session, organization_id, "recipients")
    _refuse_known(session, organization_id, key)
    recipient = Recipient(
        organization_id=organization_id,
        name=values.name,
        members=dict(key.members),
        algorithm=key.algorithm,
        thumbprint=key.thumbprint,
        expires_at=values.expires_at,
        state=RecipientState.PENDING,
        created_at=now,
        updated_at=now,
    )
    session.add(recipient)
    return _challenged(session, recipient, now)


def challenge(
    session: Session, organization_id: int, recipient_id: uuid.UUID, *, now: datetime
) -> RecipientView:
    """Replace the last challenge by a new one."""
    return _challenged(session, _locked(session, organization_id, recipient_id), now)


def confirm(
    session: Session, organization_id: int, recipient_id: uuid.UUID, answer: str, *, now: datetime
) -> RecipientView:
    """Activate the key if the answer to its challenge is right."""
    recipient = _locked(session, organization_id, recipient_id)
    recipient_challenges.answer(recipient, answer, now=now)
    session.flush()
    return _view(recipient, now)


def change(
    session: Session,
    organization_id: int,
    recipient_id: uuid.UUID,
    changes: RecipientChanges,
    *,
    now: datetime,
) -> RecipientView:
    """Change the name and the expiry; the key stays."""
    recipient = _locked(session, organization_id, recipient_id)
    if "expires_at" in changes:
        _refuse_past(changes["expires_at"], now)
        if _state(recipient, now) is RecipientState.RETIRED:
            raise Conflict("A retired recipient cannot become active again.", field="expires_at")
        recipient.expires_at = changes["expires_at"]
    recipient.name = changes.get("name", recipient.name)
    recipient.updated_at = now
    session.flush()
    return _view(recipient, now)


def retire(
    session: Session, organization_id: int, recipient_id: uuid.UUID, *, now: datetime
) -> RecipientView:
    """Encrypt nothing to it from now on; repeating this changes nothing."""
    recipient = _locked(session, organization_id, recipient_id)
    if recipient.state is not RecipientState.RETIRED:
        recipient.state = RecipientState.RETIRED
        recipient.retired_at = recipient.updated_at = now
        recipient.challenge_hash = recipient.challenge_ends_at = None
        session.flush()
    return _view(recipient, now)


def delete(session: Session, organization_id: int, recipient_id: uuid.UUID) -> None:
    session.delete(_locked(session, organization_id, recipient_id))


def find(
    session: Session, organization_id: int, recipient_id: uuid.UUID, *, now: datetime
) -> RecipientView:
    """Return a recipient in its state at `now`. Raise `NotFound` if there is none."""
    return _view(lookup.find(session, Recipient, organization_id, recipient_id, _NOUN), now)


def page(
    session: Session, organization_id: int, request: pagination.PageRequest, *, now: datetime
) -> pagination.Page[RecipientView]:
    """List recipients, newest first."""
    query = select(Recipient).where(Recipient.organization_id == organization_id)
    page_of = pagination.read(session, query, _NEWEST_FIRST, request)
    return page_of.each(lambda recipient: _view(recipient, now))


def key_of(recipient: Recipient) -> EncryptionKey:
    return EncryptionKey(recipient.members, recipient.algorithm)


def _challenged(session: Session, recipient: Recipient, now: datetime) -> RecipientView:
    made = recipient_challenges.make(recipient, key_of(recipient), now=now)
    session.flush()
    return _view(recipient, now, made)


def _view(recipient: Recipient, now: datetime, made: str | None = None) -> RecipientView:
    return RecipientView(recipient, _state(recipient, now), made)


def _state(recipient: Recipient, now: datetime) -> RecipientState:
    over = recipient.expires_at is not None and recipient.expires_at <= now
    return RecipientState.RETIRED if over else recipient.state


def _key(given: Mapping[str, Any]) -> EncryptionKey:
    try:
        return jwk.read(given)
    except JwkError as error:
        raise Invalid({"jwk": [str(error)]}) from error


def _refuse_past(expires_at: datetime | None, now: datetime) -> None:
    if expires_at is not None and expires_at <= now:
        raise Invalid({"expires_at": ["Must be in the future."]})


def _refuse_known(session: Session, organization_id: int, key: EncryptionKey) -> None:
    known = select(Recipient.id).where(
        Recipient.organization_id == organization_id, Recipient.thumbprint == key.thumbprint
    )
    if session.scalars(known.limit(1)).first() is not None:
        raise Conflict("This key is or was already registered.", field="jwk")


def _locked(session: Session, organization_id: int, recipient_id: uuid.UUID) -> Recipient:
    return lookup.locked(session, Recipient, organization_id, recipient_id, _NOUN)
