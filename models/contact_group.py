"""Contact groups: who is told together, and for which monitors."""

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Key, OrganizationId, PublicId, Timestamps


class ContactGroup(Timestamps, Base):
    __tablename__ = "contact_groups"
    __table_args__ = (UniqueConstraint("organization_id", "name"),)

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    organization_id: Mapped[OrganizationId]
    name: Mapped[str]


class ContactGroupMember(Base):
    __tablename__ = "contact_group_members"

    contact_group_id: Mapped[int] = mapped_column(
        ForeignKey("contact_groups.id", ondelete="CASCADE"), primary_key=True
    )
    contact_id: Mapped[int] = mapped_column(
        ForeignKey("contacts.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    organization_id: Mapped[OrganizationId]


class MonitorContactGroup(Base):
    __tablename__ = "monitor_contact_groups"

    monitor_id: Mapped[int] = mapped_column(
        ForeignKey("monitors.id", ondelete="CASCADE"), primary_key=True
    )
    contact_group_id: Mapped[int] = mapped_column(
        ForeignKey("contact_groups.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    organization_id: Mapped[OrganizationId]
