"""Deliveries: the outbox. One message to one channel about one event of an incident."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, SmallInteger, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Key, OrganizationId, PublicId, text_enum


class DeliveryEvent(StrEnum):
    """What a delivery tells of its incident: as `domain.alert.AlertEvent`, which notifiers know."""

    DOWN = "down"
    UP = "up"
    ENDED = "ended"


class DeliveryState(StrEnum):
    """Where a delivery is on its way.

    pending ─claim─► sending ─► sent | pending (to be tried again) | dead (visible, given up);
    a recovery whose outage was never told is cancelled.
    """

    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    DEAD = "dead"
    CANCELLED = "cancelled"


class Delivery(Base):
    """`public_id` is the idempotency key of every attempt.

    `kind` and `address` are those of the channel when the outage was told, so that the recovery
    reaches exactly who was told, whatever has been edited since.
    """

    __tablename__ = "deliveries"
    __table_args__ = (
        UniqueConstraint("incident_id", "event", "kind", "address"),
        # The relay asks for what is due; finished rows are not in its way.
        Index(
            "ix_deliveries_due",
            "next_attempt_at",
            postgresql_where=text("state IN ('pending', 'sending')"),
        ),
    )

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    organization_id: Mapped[OrganizationId]
    incident_id: Mapped[int] = mapped_column(
        ForeignKey("incidents.id", ondelete="CASCADE"), index=True
    )
    channel_id: Mapped[int | None] = mapped_column(
        ForeignKey("channels.id", ondelete="SET NULL"), index=True
    )
    event: Mapped[DeliveryEvent] = mapped_column(text_enum(DeliveryEvent, "event"))
    kind: Mapped[str]
    address: Mapped[str]
    state: Mapped[DeliveryState] = mapped_column(
        text_enum(DeliveryState, "state"), default=DeliveryState.PENDING
    )
    attempt: Mapped[int] = mapped_column(SmallInteger, default=0)
    next_attempt_at: Mapped[datetime]
    lease_until: Mapped[datetime | None]
    last_error: Mapped[str | None]
    provider_reference: Mapped[str | None]
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
