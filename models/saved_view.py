"""Saved views: filters and orders of the list of monitors that a member keeps under a name."""

from datetime import datetime

from sqlalchemy import ForeignKeyConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped

from models.base import Base, Key, OrganizationId, PublicId


class SavedView(Base):
    """A view belongs to one member, and ends with the membership.

    `query` is the part of an address after the question mark. It is read as any address is.
    """

    __tablename__ = "saved_views"
    __table_args__ = (
        ForeignKeyConstraint(
            ["user_id", "organization_id"],
            ["memberships.user_id", "memberships.organization_id"],
            ondelete="CASCADE",
        ),
        UniqueConstraint("user_id", "organization_id", "name"),
    )

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    organization_id: Mapped[OrganizationId]
    user_id: Mapped[int]
    name: Mapped[str]
    query: Mapped[str]
    created_at: Mapped[datetime]
