"""Account requests: each waits until somebody follows the link in a mail."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Key, PublicId, text_enum


class RequestKind(StrEnum):
    REGISTRATION = "registration"
    PASSWORD_RESET = "password_reset"  # noqa: S105 - a kind of request
    EMAIL_CHANGE = "email_change"


class AccountRequest(Base):
    """A request is used once, then deleted. A link is computed from the row when it is sent.

    So no token is stored. A registration or a reset writes the same row whether or not the address
    is known.
    """

    __tablename__ = "account_requests"
    __table_args__ = (
        CheckConstraint(
            "CASE kind"
            " WHEN 'registration' THEN num_nonnulls(password_hash, organization_name) = 2"
            " WHEN 'email_change' THEN user_id IS NOT NULL"
            " ELSE true END",
            name="whole",
        ),
        Index("ix_account_requests_email", text("lower(email)")),
    )

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    kind: Mapped[RequestKind] = mapped_column(text_enum(RequestKind, "kind"))
    user_id: Mapped[int | None] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), index=True
    )
    email: Mapped[str]
    password_hash: Mapped[str | None]
    organization_name: Mapped[str | None]
    allowed_at: Mapped[datetime | None]
    """When the reader of the current address agreed to the change."""
    confirmed_at: Mapped[datetime | None]
    """When the reader of the new address confirmed the change."""
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
