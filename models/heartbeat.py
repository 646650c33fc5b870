"""Heartbeats: what is known of the job behind a monitor that is pinged instead of probed."""

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base
from models.keys import organization_key


class Heartbeat(Base):
    """Written only by who holds the lock of the monitor's state row.

    A ping is known by the `token_hash` of the unguessable part of its address, of which `ciphertext`
    is a copy to be shown, or for a while by `previous_hash`. `token` is the clear text from before it was sealed, which upkeep takes away.
    Without a `deadline_at` no ping is expected: none came yet, or the monitor is paused.
    """

    __tablename__ = "heartbeats"
    __table_args__ = (
        organization_key("monitor_id", "monitors", ondelete="CASCADE"),
        organization_key("data_key_id", "data_keys"),
        CheckConstraint(
            "(expected_at IS NULL) = (deadline_at IS NULL) AND expected_at <= deadline_at",
            name="expectation",
        ),
        CheckConstraint(
            "(ciphertext IS NULL) = (nonce IS NULL) AND (ciphertext IS NULL) = (data_key_id IS NULL)"
            " AND (ciphertext IS NULL) = (sealed_at IS NULL)"
            " AND (ciphertext IS NOT NULL OR token IS NOT NULL)",
            name="sealed",
        ),
        CheckConstraint("(previous_hash IS NULL) = (previous_until IS NULL)", name="former"),
        # The sweep asks for passed deadlines, every few seconds.
        Index(
            "ix_heartbeats_deadline_at",
            "deadline_at",
            postgresql_where=text("deadline_at IS NOT NULL"),
        ),
    )

    monitor_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organizations.id", ondelete="CASCADE"))
    token: Mapped[str | None] = mapped_column(unique=True)
    token_hash: Mapped[bytes] = mapped_column(unique=True)
    data_key_id: Mapped[int | None] = mapped_column(index=True)
    nonce: Mapped[bytes | None]
    ciphertext: Mapped[bytes | None]
    sealed_at: Mapped[datetime | None]
    token_version: Mapped[int] = mapped_column(SmallInteger, server_default="1")
    """How many tokens there were, with this one."""
    previous_hash: Mapped[bytes | None] = mapped_column(unique=True)
    previous_until: Mapped[datetime | None]
    """Until when the token before this one is good, too."""
    expected_at: Mapped[datetime | None]
    deadline_at: Mapped[datetime | None]
    last_ping_at: Mapped[datetime | None]
    """The last end of a run, good or bad."""
    started_at: Mapped[datetime | None]
    """When the run began that goes on now."""
    run_id: Mapped[uuid.UUID | None]
    last_duration_ms: Mapped[int | None]
    last_exit_code: Mapped[int | None] = mapped_column(SmallInteger)
