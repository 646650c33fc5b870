"""The links in a message that work without a login."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from domain.alerting import channel_kind
from domain.alerting.alert import OPENINGS, AlertEvent
from models import Channel, Delivery, Organization
from security.links import Purpose, Subject
from services.relay.settings import RelaySettings

_OF_OUTAGES = OPENINGS | {AlertEvent.REMINDER}


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageLinks:
    """The links of one message; those that it does not have are empty."""

    acknowledge: str = ""
    confirm: str = ""
    unsubscribe: str = ""


def of(
    session: Session,
    delivery: Delivery,
    organization: Organization,
    *,
    settings: RelaySettings,
    now: datetime,
) -> MessageLinks:
    """Make the links of a message. An opt-in mail has an unsubscribe link too."""
    links = settings.links
    if links is None:
        return MessageLinks()

    def link(purpose: Purpose, target: Delivery | Channel) -> str:
        subject = Subject(organization_id=organization.public_id, id=target.public_id)
        return links.make(purpose, subject, now=now)

    channel = session.get(Channel, delivery.channel_id) if delivery.channel_id else None
    is_mail = channel is not None and delivery.kind == channel_kind.EMAIL
    is_question = delivery.event is AlertEvent.CONFIRM
    return MessageLinks(
        acknowledge=link(Purpose.ACKNOWLEDGE, delivery) if delivery.event in _OF_OUTAGES else "",
        confirm=link(Purpose.CONFIRM, channel) if channel and is_question else "",
        unsubscribe=link(Purpose.UNSUBSCRIBE, channel) if channel and is_mail else "",
    )
