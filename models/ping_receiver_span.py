"""The times in which the API could receive pings: one row per span, and gaps between the rows."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.orm import Mapped

from models.base import Base, Key


class PingReceiverSpan(Base):
    """Each record of a running API extends the span; a late record begins a new one."""

    __tablename__ = "ping_receiver_spans"
    __table_args__ = (
        CheckConstraint("began_at <= until_at", name="order"),
        Index("ix_ping_receiver_spans_until_at", "until_at"),
    )

    id: Mapped[Key]
    began_at: Mapped[datetime]
    until_at: Mapped[datetime]
