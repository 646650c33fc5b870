"""Contacts are whom to tell; a channel is one way to reach a contact."""

from enum import StrEnum

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, Key, OrganizationId, PublicId, Timestamps


class ChannelKind(StrEnum):
    """The ways to send a message; each has a notifier of the same name."""

    EMAIL = "email"
    SMS = "sms"


class Contact(Timestamps, Base):
    __tablename__ = "contacts"

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    organization_id: Mapped[OrganizationId]
    name: Mapped[str]
    channels: Mapped[list["Channel"]] = relationship(
        cascade="all, delete-orphan", order_by="Channel.id", passive_deletes=True
    )


class Channel(Timestamps, Base):
    __tablename__ = "channels"
    __table_args__ = (UniqueConstraint("contact_id", "kind", "address"),)

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    organization_id: Mapped[OrganizationId]
    contact_id: Mapped[int] = mapped_column(ForeignKey("contacts.id", ondelete="CASCADE"))
    kind: Mapped[str]
    address: Mapped[str]
