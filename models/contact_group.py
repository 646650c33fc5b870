"""Contact groups: contacts that are notified together, and for which monitors."""

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Key, OrganizationId, PublicId, Timestamps, UnindexedOrganizationId
from models.keys import organization_index, organization_key


class ContactGroup(Timestamps, Base):
    __tablename__ = "contact_groups"
    __table_args__ = (
        organization_index("contact_groups"),
        organization_key("project_id", "projects"),
        UniqueConstraint("organization_id", "name"),
    )

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    organization_id: Mapped[UnindexedOrganizationId]
    project_id: Mapped[int | None] = mapped_column(index=True)
    name: Mapped[str]


class ContactGroupMember(Base):
    __tablename__ = "contact_group_members"
    __table_args__ = (
        organization_key("contact_group_id", "contact_groups", ondelete="CASCADE"),
        organization_key("contact_id", "contacts", ondelete="CASCADE"),
    )

    contact_group_id: Mapped[int] = mapped_column(primary_key=True)
    contact_id: Mapped[int] = mapped_column(primary_key=True, index=True)
    organization_id: Mapped[OrganizationId]


class MonitorContactGroup(Base):
    __tablename__ = "monitor_contact_groups"
    __table_args__ = (
        organization_key("monitor_id", "monitors", ondelete="CASCADE"),
        organization_key("contact_group_id", "contact_groups", ondelete="CASCADE"),
    )

    monitor_id: Mapped[int] = mapped_column(primary_key=True)
    contact_group_id: Mapped[int] = mapped_column(primary_key=True, index=True)
    organization_id: Mapped[OrganizationId]
