"""Heartbeats: what is known of the job behind a monitor that is pinged instead of probed."""

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base


class Heartbeat(Base):
    """Written only by who holds the lock of the monitor's state row.

    `token` is the unguessable part of the address that the job pings. Without a `deadline_at` no
    ping is expected: none came yet, or the monitor is paused.
    """

    __tablename__ = "heartbeats"
    __table_args__ = (
        CheckConstraint(
            "(expected_at IS NULL) = (deadline_at IS NULL) AND expected_at <= deadline_at",
            name="expectation",
        ),
        # The sweep asks for passed deadlines, every few seconds.
        Index(
            "ix_heartbeats_deadline_at",
            "deadline_at",
            postgresql_where=text("deadline_at IS NOT NULL"),
        ),
    )

    monitor_id: Mapped[int] = mapped_column(
        ForeignKey("monitors.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    organization_id: Mapped[int] = mapped_column(ForeignKey("organizations.id", ondelete="CASCADE"))
    token: Mapped[str] = mapped_column(unique=True)
    expected_at: Mapped[datetime | None]
    deadline_at: Mapped[datetime | None]
    last_ping_at: Mapped[datetime | None]
    """The last end of a run, good or bad."""
    started_at: Mapped[datetime | None]
    """When the run began that goes on now."""
    run_id: Mapped[uuid.UUID | None]
    last_duration_ms: Mapped[int | None]
    last_exit_code: Mapped[int | None] = mapped_column(SmallInteger)
