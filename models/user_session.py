"""Sessions: one login of a person each, for all of their organizations."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from domain.organization_policy import LoginWay
from models.base import Base, Key, PublicId, text_enum


class UserSession(Base):
    """A missing row means that the session ended: its access and refresh tokens are refused.

    `public_id` is the family of its refresh tokens. It belongs to a person and to no organization.
    """

    __tablename__ = "user_sessions"

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    address: Mapped[str]
    """The IP address of the login."""
    agent: Mapped[str]
    """The user agent, truncated."""
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    proven_at: Mapped[datetime]
    """When the user last proved to be the owner of the account."""
    way: Mapped[LoginWay] = mapped_column(text_enum(LoginWay, "way"))
    sso_identity_id: Mapped[int | None] = mapped_column(
        ForeignKey("sso_identities.id", ondelete="CASCADE"), index=True
    )
    """The identity by which it began; with that, the session ends."""
    sso_organization_id: Mapped[int | None]
    """The only organization that a session by single sign-on counts for."""
    sso_sid: Mapped[str | None]
    """What the provider calls its own session."""
    cookie_hash: Mapped[bytes | None] = mapped_column(unique=True)
    """The hash of the cookie of a browser; None for a login through the API."""
    membership_id: Mapped[int | None] = mapped_column(
        ForeignKey("memberships.id", ondelete="SET NULL"), index=True
    )
    """The membership that a browser acts for, until its user chooses another one."""
