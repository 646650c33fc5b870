"""Users, and the refresh tokens of their sessions."""

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Key, OrganizationId, PublicId, Timestamps


class User(Timestamps, Base):
    __tablename__ = "users"
    __table_args__ = (
        # One account per address, regardless of case.
        Index("uq_users_email", text("lower(email)"), unique=True),
        CheckConstraint("(closed_at IS NULL) = (restore_id IS NULL)", name="closed"),
        Index("ix_users_closed_at", "closed_at", postgresql_where=text("closed_at IS NOT NULL")),
    )

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    email: Mapped[str]
    password_hash: Mapped[str]
    closed_at: Mapped[datetime | None]
    """When the person deleted the account. It can be restored until the grace ends."""
    restore_id: Mapped[uuid.UUID | None] = mapped_column(unique=True)
    """In the link that restores it. A restore takes it away, so the link is valid once."""


class RefreshToken(Base):
    """A token is used once. A second use of the same token revokes its whole family."""

    __tablename__ = "refresh_tokens"

    id: Mapped[Key]
    organization_id: Mapped[OrganizationId]
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    family: Mapped[uuid.UUID] = mapped_column(index=True)
    token_hash: Mapped[bytes] = mapped_column(unique=True)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
