"""Schedules: when and how often a monitor was monitored. Slots are computed from them."""

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from domain.evaluation.slots import FOREVER
from models.base import Base
from models.keys import organization_key


class Schedule(Base):
    """A span [from_slot, until_slot) of unix seconds with one interval, phase and set of regions.

    A change of the interval or the regions, a pause or a deletion ends the span. So every slot of
    the past still has its row.
    """

    __tablename__ = "schedules"
    __table_args__ = (
        organization_key("monitor_id", "monitors", ondelete="CASCADE"),
        CheckConstraint("from_slot <= until_slot", name="order"),
        # For a tick, which looks for the slots due in a second: one phase of each interval.
        Index("ix_schedules_shard_interval_seconds_phase", "shard", "interval_seconds", "phase"),
    )

    monitor_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    from_slot: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    until_slot: Mapped[int] = mapped_column(default=FOREVER)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organizations.id", ondelete="CASCADE"))
    shard: Mapped[int] = mapped_column(SmallInteger)
    region_ids: Mapped[list[int]] = mapped_column(ARRAY(SmallInteger))
    interval_seconds: Mapped[int]
    phase: Mapped[int]
