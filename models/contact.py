"""Contacts are whom to tell; a channel is one way to reach a contact."""

from datetime import datetime, time
from typing import Any

from sqlalchemy import CheckConstraint, ColumnElement, Index, and_, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from domain.evaluation.state import Severity
from models.base import Base, Key, PublicId, Timestamps, UnindexedOrganizationId, text_enum
from models.keys import organization_index, organization_key


class Contact(Timestamps, Base):
    """Between `quiet_from` and `quiet_until`, in its time zone, a contact is not disturbed.

    What is at least as bad as `quiet_except` disturbs even then; nothing does if that is null.
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
    """`address` is what is shown; what a kind keeps secret is sealed in `ciphertext`.

    Nothing but its confirmation goes to a channel before `confirmed_at`, and nothing at all after
    `disabled_at`. A deleted one stays, so that who was told of an outage hears of its end. Secrets
    that were replaced sign, too, before `previous_until`.
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
        # The upkeep asks for those whose time is over.
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
        """Select the channels of the organization that lead to the same address as this one."""
        return Channel.leads_to(self.organization_id, self.kind, self.address)

    @classmethod
    def leads_to(cls, organization_id: int, kind: str, address: str) -> ColumnElement[bool]:
        """Select the channels of an organization that lead to one address."""
        return and_(
            cls.organization_id == organization_id, cls.kind == kind, cls.address == address
        )

    @classmethod
    def is_usable(cls) -> ColumnElement[bool]:
        """Select the channels that messages may go to, other than the request to confirm one."""
        return and_(
            cls.confirmed_at.is_not(None), cls.disabled_at.is_(None), cls.deleted_at.is_(None)
        )
