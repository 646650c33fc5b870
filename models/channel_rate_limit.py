"""The rate limit of one address of an organization."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base


class ChannelRateLimit(Base):
    """`next_at` is when the next message may go; see `domain/relay/rate_limit.py`.

    Whoever claims a message locks this row first, so decisions about one address are made in
    sequence.
    """

    __tablename__ = "channel_rate_limits"

    organization_id: Mapped[int] = mapped_column(
        ForeignKey("organizations.id", ondelete="CASCADE"), primary_key=True
    )
    kind: Mapped[str] = mapped_column(primary_key=True)
    address: Mapped[str] = mapped_column(primary_key=True)
    next_at: Mapped[datetime]
