"""Account mails: the outbox of messages to people about their accounts."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import Index, SmallInteger, text
from sqlalchemy.orm import Mapped, mapped_column

from domain.alerting.account_event import AccountEvent
from models.base import Base, Key, PublicId, text_enum


class AccountMail(Base):
    """One mail to one address. It belongs to no organization, so none can see or delay it.

    `public_id` is its key in every attempt. `request_id` is the public id of the request or the
    invitation that its link opens. `facts` are texts for the reader, and never secrets.
    """

    __tablename__ = "account_mails"
    __table_args__ = (
        Index(
            "ix_account_mails_due",
            "next_attempt_at",
            postgresql_where=text("finished_at IS NULL"),
        ),
    )

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    event: Mapped[AccountEvent] = mapped_column(text_enum(AccountEvent, "event"))
    address: Mapped[str]
    request_id: Mapped[uuid.UUID | None]
    facts: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default=text("'{}'"))
    attempt: Mapped[int] = mapped_column(SmallInteger, default=0, server_default=text("0"))
    created_at: Mapped[datetime] = mapped_column(index=True)
    next_attempt_at: Mapped[datetime]
    lease_until: Mapped[datetime | None]
    last_error: Mapped[str | None]
    sent_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    """When the mail was sent, given up, or became pointless."""
