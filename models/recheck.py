"""Checks outside the regular slots: confirmations, and those that a user asked for."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base
from models.keys import organization_key


class Recheck(Base):
    """Due at `slot` (unix seconds) in one region; gone once it has a result row."""

    __tablename__ = "rechecks"
    __table_args__ = (
        organization_key("monitor_id", "monitors", ondelete="CASCADE"),
        Index("ix_rechecks_shard_slot", "shard", "slot"),
    )

    monitor_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    slot: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    region_id: Mapped[int] = mapped_column(
        SmallInteger, ForeignKey("regions.id"), primary_key=True, autoincrement=False
    )
    organization_id: Mapped[int] = mapped_column(ForeignKey("organizations.id", ondelete="CASCADE"))
    shard: Mapped[int] = mapped_column(SmallInteger)
    published_at: Mapped[datetime | None]
