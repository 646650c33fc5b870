"""Stalls: the times in which this service dispatched no checks."""

from datetime import datetime

from sqlalchemy import CheckConstraint, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base


class DispatchStall(Base):
    """The seconds (from_slot, until_slot] of a shard in which nothing was published.

    `missed` counts the checks that were not made. In a long stall, the slots after `rows_until`
    have no rows and are only in `blind_spans`.
    """

    __tablename__ = "dispatch_stalls"
    __table_args__ = (
        CheckConstraint("from_slot < until_slot", name="order"),
        CheckConstraint("rows_until BETWEEN from_slot AND until_slot", name="rows_until"),
    )

    shard: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    from_slot: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    until_slot: Mapped[int]
    rows_until: Mapped[int]
    missed: Mapped[int]
    reported_at: Mapped[datetime | None]
