"""The links in a message that work without a login."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import func
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from domain.alerting import channel_kind
from domain.alerting.alert import OPENINGS, AlertEvent
from models import AcknowledgeToken, Channel, Delivery, Organization
from security.links import LIFETIME, Links, Purpose, Subject, short_hash
from services.relay.settings import RelaySettings

OF_OUTAGES = OPENINGS | {AlertEvent.REMINDER}
"""The events whose messages ask to acknowledge."""


class Scope(StrEnum):
    """What a link acknowledges: the incident of its message, or those of a whole digest."""

    INCIDENT = "incident"
    DIGEST = "digest"


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageLinks:
    """The links of one message; those that it does not have are empty.

    A gateway posts the key that was pressed in a call to `call`.
    """

    acknowledge: str = ""
    call: str = ""
    confirm: str = ""
    unsubscribe: str = ""


def of(
    session: Session,
    delivery: Delivery,
    organization: Organization,
    *,
    acknowledges: Scope | None,
    settings: RelaySettings,
    now: datetime,
) -> MessageLinks:
    """Make the links of a message. An opt-in mail has an unsubscribe link too.

    `acknowledges` says what its link acknowledges, if it has one. The token of that link is stored,
    and the claim is committed before the message is sent.
    """
    if settings.links is None:
        return MessageLinks()
    acknowledge = ""
    if acknowledges:
        token = _token(session, delivery, settings.links, acknowledges, now=now)
        acknowledge = f"{settings.public_url}/a/{token}"
    channel = session.get(Channel, delivery.channel_id) if delivery.channel_id else None
    is_call = delivery.kind == channel_kind.VOICE

    def link(purpose: Purpose) -> str:
        if channel is None or settings.links is None:
            return ""
        subject = Subject(organization_id=organization.public_id, id=channel.public_id)
        return settings.links.make(purpose, subject, now=now)

    return MessageLinks(
        acknowledge=acknowledge,
        call=f"{acknowledge}/call" if acknowledge and is_call else "",
        confirm=link(Purpose.CONFIRM) if delivery.event is AlertEvent.CONFIRM else "",
        unsubscribe=link(Purpose.UNSUBSCRIBE) if delivery.kind == channel_kind.EMAIL else "",
    )


def _token(
    session: Session, delivery: Delivery, links: Links, scope: Scope, *, now: datetime
) -> str:
    """Return the token of a message, the same for each attempt, and store its hash."""
    token = links.short_token(f"acknowledge/{scope}/{delivery.public_id}")
    new = insert(AcknowledgeToken).values(
        token_hash=short_hash(token),
        organization_id=delivery.organization_id,
        delivery_id=delivery.id,
        covers_digest=scope is Scope.DIGEST,
        expires_at=now + LIFETIME,
    )
    later = func.greatest(AcknowledgeToken.expires_at, new.excluded.expires_at)
    session.execute(
        new.on_conflict_do_update(index_elements=["token_hash"], set_={"expires_at": later})
    )
    return token
