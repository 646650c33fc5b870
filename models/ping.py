"""Pings: the last ones of each heartbeat, with their bodies."""

import uuid
from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Identity, Index, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from domain.evaluation.heartbeat import Signal
from models.base import Base, PublicId, text_enum
from models.keys import organization_key


class Ping(Base):
    """Stored for people to read. Only durations and the rate limit are computed from it."""

    __tablename__ = "pings"
    __table_args__ = (
        organization_key("monitor_id", "monitors", ondelete="CASCADE"),
        # For the history of a monitor, newest first, and for its last start.
        Index("ix_pings_monitor_id_id", "monitor_id", "id"),
    )

    # A hundred thousand jobs that ping each minute would exhaust four bytes in two weeks.
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    public_id: Mapped[PublicId]
    monitor_id: Mapped[int]
    organization_id: Mapped[int] = mapped_column(ForeignKey("organizations.id", ondelete="CASCADE"))
    received_at: Mapped[datetime]
    signal: Mapped[Signal] = mapped_column(text_enum(Signal, "signal"))
    exit_code: Mapped[int | None] = mapped_column(SmallInteger)
    run_id: Mapped[uuid.UUID | None]
    duration_ms: Mapped[int | None]
    body: Mapped[str]
