"""Deliveries: the outbox. One row is one message to one channel about one event."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Index, SmallInteger, UniqueConstraint, and_, func, text
from sqlalchemy.orm import Mapped, mapped_column

from domain.alerting.alert import AlertEvent
from models.base import Base, Key, OrganizationId, PublicId, UnindexedOrganizationId, text_enum
from models.keys import organization_index, organization_key


class DeliveryState(StrEnum):
    """The state of a delivery.

        pending ─claim─► sending ─► sent | pending (to be retried) | dead (visible, given up)

    A recovery whose opening was never sent is cancelled. A message sent as part of another is
    merged.
    """

    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    DEAD = "dead"
    CANCELLED = "cancelled"
    MERGED = "merged"


OPEN = (DeliveryState.PENDING, DeliveryState.SENDING)
"""The states of deliveries that are not finished."""
LOST = (DeliveryState.DEAD, DeliveryState.CANCELLED)
"""The states of deliveries that reached nobody, neither alone nor within another message."""


class Delivery(Base):
    """`public_id` is the idempotency key of every attempt.

    `dedup_key` identifies the event, such as `incident/7/down`, so that each channel receives it
    once. `kind` and `address` are those of the channel when the delivery was written. So the
    recovery reaches exactly the addresses notified of the outage, whatever has been edited since.
    `facts` is the payload of the event that no other row contains.
    """

    __tablename__ = "deliveries"
    __table_args__ = (
        organization_index("deliveries"),
        organization_key("incident_id", "incidents", ondelete="CASCADE"),
        organization_key("chain_id", "incidents", ondelete="CASCADE"),
        organization_key("monitor_id", "monitors", ondelete="CASCADE"),
        organization_key("channel_id", "channels", ondelete="SET NULL (channel_id)"),
        organization_key("digest_id", "deliveries", ondelete="SET NULL (digest_id)"),
        UniqueConstraint("organization_id", "dedup_key", "kind", "address"),
        # For the relay, which looks for due deliveries. The index leaves finished rows out.
        Index(
            "ix_deliveries_due",
            "next_attempt_at",
            postgresql_where=text("state IN ('pending', 'sending')"),
        ),
        # For lists, newest first: of all, of one event, monitor or channel, and of those not sent
        # themselves.
        Index("ix_deliveries_organization_id_created_at", "organization_id", "created_at"),
        Index(
            "ix_deliveries_organization_id_event_created_at",
            "organization_id",
            "event",
            "created_at",
        ),
        Index("ix_deliveries_monitor_id_created_at", "monitor_id", "created_at"),
        Index("ix_deliveries_channel_id_created_at", "channel_id", "created_at"),
        Index(
            "ix_deliveries_unsent",
            "organization_id",
            "state",
            "created_at",
            "public_id",
            postgresql_where=text("state IN ('dead', 'cancelled', 'merged')"),
        ),
        # For the list of digests, which have the event of the delivery that leads them.
        Index(
            "ix_deliveries_digests",
            "organization_id",
            "created_at",
            postgresql_where=text("is_digest"),
        ),
        # For the other messages to one address, which are counted for bursts and digests.
        Index("ix_deliveries_channel", "organization_id", "kind", "address", "created_at"),
        # For the number of confirmation requests to an address, in all organizations.
        Index(
            "ix_deliveries_asked",
            "kind",
            text("lower(address)"),
            "created_at",
            postgresql_where=text("event = 'confirm'"),
        ),
    )

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    organization_id: Mapped[UnindexedOrganizationId]
    dedup_key: Mapped[str]
    incident_id: Mapped[int | None] = mapped_column(index=True)
    chain_id: Mapped[int | None] = mapped_column(index=True)
    """The first incident of a chain of severity changes, which is one outage to the channels."""
    monitor_id: Mapped[int | None]
    channel_id: Mapped[int | None]
    event: Mapped[AlertEvent] = mapped_column(text_enum(AlertEvent, "event"))
    facts: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default=text("'{}'"))
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
    digest_id: Mapped[int | None] = mapped_column(index=True)
    """The delivery that includes this one, which stays pending until that one is finished."""
    is_digest: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    """Whether it leads a digest: it is sent with other deliveries as one message."""
    created_at: Mapped[datetime]
    tried_since: Mapped[datetime | None]
    """When the first attempt began, or the first one since a user resent the delivery."""
    sent_at: Mapped[datetime | None]

    @classmethod
    def goes_to(cls, organization_id: int, kind: str, address: str) -> ColumnElement[bool]:
        """Select the deliveries to one address."""
        return and_(
            cls.organization_id == organization_id, cls.kind == kind, cls.address == address
        )

    def shares_channel(self) -> ColumnElement[bool]:
        """Select the deliveries to the address of this one."""
        return Delivery.goes_to(self.organization_id, self.kind, self.address)

    @classmethod
    def is_claimable(cls, now: datetime | ColumnElement[datetime]) -> ColumnElement[bool]:
        """Select the due deliveries that no relay has claimed and no digest contains."""
        return and_(
            cls.state.in_(OPEN),
            cls.digest_id.is_(None),
            cls.next_attempt_at <= now,
            func.coalesce(cls.lease_until, now) <= now,
        )

    @classmethod
    def host(cls) -> ColumnElement[str]:
        """Return the host of a delivery: the domain of a mail address, or the phone number.

        The address of a channel with a URL begins with the host, followed by a space.
        """
        first_word = func.split_part(cls.address, " ", 1)
        return func.lower(func.split_part(first_word, "@", -1))


class DeliveryAttempt(Base):
    """One attempt to send a delivery, and the answer of the provider."""

    __tablename__ = "delivery_attempts"
    __table_args__ = (
        organization_key("delivery_id", "deliveries", ondelete="CASCADE"),
        # For metering, which looks for the texts and calls of an hour.
        Index("ix_delivery_attempts_ended_at", "ended_at", postgresql_where=text("segments > 0")),
    )

    delivery_id: Mapped[int] = mapped_column(primary_key=True)
    attempt: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    organization_id: Mapped[OrganizationId]
    began_at: Mapped[datetime]
    ended_at: Mapped[datetime]
    accepted: Mapped[bool]
    answer: Mapped[str]
    segments: Mapped[int] = mapped_column(SmallInteger, default=0, server_default=text("0"))
    """What the provider charges for an accepted text or call."""
