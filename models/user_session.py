"""Sessions: one login of a person each, whatever organizations they act for in it."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Key, PublicId


class UserSession(Base):
    """What is not here any more has ended: its access and refresh tokens are refused.

    `public_id` is the family of its refresh tokens. It belongs to a person and to no organization.
    """

    __tablename__ = "user_sessions"

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    address: Mapped[str]
    """Where the login came from, as an IP address."""
    agent: Mapped[str]
    """What the program called itself, cut short."""
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
