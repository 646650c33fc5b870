"""Roll-ups of the checks of a monitor by hour, day and month, and how far they are written."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    SmallInteger,
)
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base
from models.keys import organization_key


class _RollupColumns:
    """The columns of `domain.analytics.rollup.Rollup`; `from_slot` is the first unix second.

    Each region that made a check has a row of its own.
    """

    monitor_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    from_slot: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    region_id: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    total_us: Mapped[int] = mapped_column(BigInteger)
    dns_ms: Mapped[int] = mapped_column(BigInteger)
    connect_ms: Mapped[int] = mapped_column(BigInteger)
    tls_ms: Mapped[int] = mapped_column(BigInteger)
    first_byte_ms: Mapped[int] = mapped_column(BigInteger)
    up: Mapped[int]
    degraded: Mapped[int]
    down: Mapped[int]
    unknown: Mapped[int]
    min_us: Mapped[int]
    max_us: Mapped[int]
    sketch: Mapped[bytes]


class MonitorHour(_RollupColumns, Base):
    """A whole hour, in day partitions. An hour without checks has no row."""

    __tablename__ = "monitor_hours"
    __table_args__ = ({"postgresql_partition_by": "RANGE (from_slot)"},)

    organization_id: Mapped[int]


class MonitorDay(_RollupColumns, Base):
    """A whole day in UTC, made of its hours. A day without checks has no row."""

    __tablename__ = "monitor_days"
    __table_args__ = (
        organization_key("monitor_id", "monitors", ondelete="CASCADE"),
        ForeignKeyConstraint(["region_id"], ["regions.id"]),
    )

    organization_id: Mapped[int] = mapped_column(
        ForeignKey("organizations.id", ondelete="CASCADE"), index=True
    )


class MonitorMonth(_RollupColumns, Base):
    """A whole month in UTC, made of its days. A month without checks has no row."""

    __tablename__ = "monitor_months"
    __table_args__ = (
        organization_key("monitor_id", "monitors", ondelete="CASCADE"),
        ForeignKeyConstraint(["region_id"], ["regions.id"]),
    )

    organization_id: Mapped[int] = mapped_column(
        ForeignKey("organizations.id", ondelete="CASCADE"), index=True
    )


class RollupDirty(Base):
    """An hour of a monitor that got a row after it was over, so its roll-up is to be written anew.

    There may be several rows for one hour.
    """

    __tablename__ = "rollup_dirty"
    __table_args__ = (organization_key("monitor_id", "monitors", ondelete="CASCADE"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organizations.id", ondelete="CASCADE"))
    monitor_id: Mapped[int]
    from_slot: Mapped[int]


class RollupProgress(Base):
    """How far the roll-ups are; the only row. Whoever writes roll-ups has it locked.

    The hours before `until_slot` are rolled up, and of the hour that begins there, the monitors up
    to `after_monitor`. Hours before `settling_slot` are over. All their rows are visible once each
    transaction with an id below `settling_xid` has ended. `refused_hours` counts hours that got
    a row when most of their day had left the database, so that they stay as they are.
    """

    __tablename__ = "rollup_progress"
    __table_args__ = (CheckConstraint("id = 1", name="single"),)

    id: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    until_slot: Mapped[int]
    after_monitor: Mapped[int]
    settling_slot: Mapped[int]
    settling_xid: Mapped[int] = mapped_column(BigInteger)
    refused_hours: Mapped[int] = mapped_column(BigInteger, server_default="0")
