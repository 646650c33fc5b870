"""When pings could reach us: one row per stretch, and between two rows a gap."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.orm import Mapped

from models.base import Base, Key


class PingReceiverSpan(Base):
    """Lengthened by each note of an API that takes requests; a late one begins a new stretch."""

    __tablename__ = "ping_receiver_spans"
    __table_args__ = (
        CheckConstraint("began_at <= until_at", name="order"),
        Index("ix_ping_receiver_spans_until_at", "until_at"),
    )

    id: Mapped[Key]
    began_at: Mapped[datetime]
    until_at: Mapped[datetime]
