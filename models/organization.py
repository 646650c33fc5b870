"""Organizations are the tenants; a membership says who belongs to one and as what."""

from enum import StrEnum

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Key, OrganizationId, PublicId, Timestamps, text_enum


class Organization(Timestamps, Base):
    __tablename__ = "organizations"

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    name: Mapped[str]


class Role(StrEnum):
    """What a member may do. More roles come with the permission table."""

    OWNER = "owner"


class Membership(Timestamps, Base):
    __tablename__ = "memberships"
    __table_args__ = (UniqueConstraint("user_id", "organization_id"),)

    id: Mapped[Key]
    organization_id: Mapped[OrganizationId]
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    role: Mapped[Role] = mapped_column(text_enum(Role, "role"))
