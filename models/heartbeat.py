"""Heartbeats: the state of the job behind a monitor that is pinged instead of probed."""

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base
from models.keys import organization_key


class Heartbeat(Base):
    """Only a holder of the lock on the monitor's state row writes it.

    The URL of a ping contains a token. `token_hash` is its hash, and `ciphertext` an encrypted copy
    for users. `previous_hash` is accepted for a while too. Without a `deadline_at` no ping is
    expected: none has arrived yet, or the monitor is paused.
    """

    __tablename__ = "heartbeats"
    __table_args__ = (
        organization_key("monitor_id", "monitors", ondelete="CASCADE"),
        organization_key("data_key_id", "data_keys"),
        CheckConstraint(
            "(expected_at IS NULL) = (deadline_at IS NULL) AND expected_at <= deadline_at",
            name="expectation",
        ),
        CheckConstraint("(previous_hash IS NULL) = (previous_until IS NULL)", name="former"),
        # For the sweep, which looks for passed deadlines every few seconds.
        Index(
            "ix_heartbeats_deadline_at",
            "deadline_at",
            postgresql_where=text("deadline_at IS NOT NULL"),
        ),
    )

    monitor_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organizations.id", ondelete="CASCADE"))
    token_hash: Mapped[bytes] = mapped_column(unique=True)
    data_key_id: Mapped[int] = mapped_column(index=True)
    nonce: Mapped[bytes]
    ciphertext: Mapped[bytes]
    token_version: Mapped[int] = mapped_column(SmallInteger, server_default="1")
    """The number of tokens so far, including this one."""
    previous_hash: Mapped[bytes | None] = mapped_column(unique=True)
    previous_until: Mapped[datetime | None]
    """Until when the previous token is valid too."""
    expected_at: Mapped[datetime | None]
    deadline_at: Mapped[datetime | None]
    last_ping_at: Mapped[datetime | None]
    """The last end of a run, successful or not."""
    started_at: Mapped[datetime | None]
    """When the current run began."""
    run_id: Mapped[uuid.UUID | None]
    last_duration_ms: Mapped[int | None]
    last_exit_code: Mapped[int | None] = mapped_column(SmallInteger)
