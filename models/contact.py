"""Contacts, and the channels that reach them."""

from datetime import datetime, time
from typing import Any

from sqlalchemy import CheckConstraint, ColumnElement, Index, and_, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from domain.evaluation.state import Severity
from models.base import Base, Key, PublicId, Timestamps, UnindexedOrganizationId, text_enum
from models.keys import organization_index, organization_key


class Contact(Timestamps, Base):
    """A contact is not disturbed between `quiet_from` and `quiet_until`, in its time zone.

    An outage of severity `quiet_except` or worse disturbs even then; null means that nothing does.
    """

    __tablename__ = "contacts"
    __table_args__ = (
        organization_index("contacts"),
        CheckConstraint("(quiet_from IS NULL) = (quiet_until IS NULL)", name="quiet_hours"),
    )

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    organization_id: Mapped[UnindexedOrganizationId]
    name: Mapped[str]
    time_zone: Mapped[str] = mapped_column(default="UTC", server_default="UTC")
    quiet_from: Mapped[time | None]
    quiet_until: Mapped[time | None]
    quiet_except: Mapped[Severity | None] = mapped_column(text_enum(Severity, "quiet_except"))
    channels: Mapped[list["Channel"]] = relationship(
        cascade="save-update, merge",
        order_by="Channel.id",
        passive_deletes=True,
        primaryjoin="and_(Channel.contact_id == Contact.id, Channel.deleted_at.is_(None))",
    )


class Channel(Timestamps, Base):
    """`address` is the displayed address; the secrets of the kind are encrypted in `ciphertext`.

    Before `confirmed_at` a channel receives only its confirmation, and after `disabled_at` nothing.
    A deleted channel keeps its row, so that it still receives the recovery of an outage that it was
    notified of. Replaced secrets also sign until `previous_until`.
    """

    __tablename__ = "channels"
    __table_args__ = (
        organization_index("channels"),
        organization_key("contact_id", "contacts", ondelete="SET NULL (contact_id)"),
        organization_key("data_key_id", "data_keys"),
        Index(
            "uq_channels_contact_id_kind_address",
            "contact_id",
            "kind",
            "address",
            unique=True,
            postgresql_where=text("deleted_at IS NULL"),
        ),
        # For maintenance, which looks for channels whose overlap has ended.
        Index(
            "ix_channels_previous_until",
            "previous_until",
            postgresql_where=text("previous_until IS NOT NULL"),
        ),
        CheckConstraint(
            "(ciphertext IS NULL) = (nonce IS NULL) AND (ciphertext IS NULL) = (data_key_id IS NULL)",
            name="sealed",
        ),
    )

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    organization_id: Mapped[UnindexedOrganizationId]
    contact_id: Mapped[int | None] = mapped_column(index=True)
    kind: Mapped[str]
    address: Mapped[str]
    shown: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default=text("'{}'"))
    data_key_id: Mapped[int | None] = mapped_column(index=True)
    nonce: Mapped[bytes | None]
    ciphertext: Mapped[bytes | None]
    version: Mapped[int] = mapped_column(default=1, server_default="1")
    previous_until: Mapped[datetime | None]
    confirmed_at: Mapped[datetime | None]
    confirmation_sent_at: Mapped[datetime | None]
    disabled_at: Mapped[datetime | None]
    disabled_reason: Mapped[str | None]
    deleted_at: Mapped[datetime | None]

    def shares_address(self) -> ColumnElement[bool]:
        """Select the channels of the organization with the same address as this one."""
        return Channel.leads_to(self.organization_id, self.kind, self.address)

    @classmethod
    def leads_to(cls, organization_id: int, kind: str, address: str) -> ColumnElement[bool]:
        """Select the channels of an organization with one address."""
        return and_(
            cls.organization_id == organization_id, cls.kind == kind, cls.address == address
        )

    @classmethod
    def is_usable(cls) -> ColumnElement[bool]:
        """Select the channels that may receive messages other than the request to confirm."""
        return and_(
            cls.confirmed_at.is_not(None), cls.disabled_at.is_(None), cls.deleted_at.is_(None)
        )
