"""Invitations: offers of membership with a role."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from domain.permissions import Role
from models.base import Base, Key, OrganizationId, PublicId, Timestamps, text_enum


class Invitation(Timestamps, Base):
    """Only the addressee can use an invitation, once. Only a hash of its token is stored."""

    __tablename__ = "invitations"
    __table_args__ = (Index(None, "organization_id", "created_at", "public_id"),)

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    organization_id: Mapped[OrganizationId]
    invited_by: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    email: Mapped[str]
    role: Mapped[Role] = mapped_column(text_enum(Role, "role"))
    token_hash: Mapped[bytes] = mapped_column(unique=True)
    expires_at: Mapped[datetime]
    resends: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    failures: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    """The number of wrong passwords and codes that came with its token."""
