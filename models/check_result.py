"""Check results: one narrow row per monitor, slot and region, in day partitions."""

from typing import Any

from sqlalchemy import Index, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from domain.evaluation.outcome import Cause, Outcome
from models.base import Base
from models.types import CauseByte, OutcomeCode


class CheckResult(Base):
    """Fixed width without nulls: 32 bytes of data. Missing values are 0.

    Phases are milliseconds, at most 32,767. `total_us` is microseconds. `lateness` is the time from
    the slot to the start of the probe, in hundredths of a second.
    """

    __tablename__ = "check_results"
    __table_args__ = ({"postgresql_partition_by": "RANGE (slot)"},)

    monitor_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    slot: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    organization_id: Mapped[int]
    total_us: Mapped[int]
    region_id: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    outcome: Mapped[Outcome] = mapped_column(OutcomeCode)
    cause: Mapped[Cause] = mapped_column(CauseByte)
    http_status: Mapped[int] = mapped_column(SmallInteger)
    dns_ms: Mapped[int] = mapped_column(SmallInteger)
    connect_ms: Mapped[int] = mapped_column(SmallInteger)
    tls_ms: Mapped[int] = mapped_column(SmallInteger)
    first_byte_ms: Mapped[int] = mapped_column(SmallInteger)
    lateness: Mapped[int] = mapped_column(SmallInteger, default=0, server_default="0")


class CheckFailure(Base):
    """The details of a result that was not up, in words. Most results have none."""

    __tablename__ = "check_failures"
    __table_args__ = (
        Index(None, "organization_id", "slot", "monitor_id", "region_id"),
        {"postgresql_partition_by": "RANGE (slot)"},
    )

    monitor_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    slot: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    region_id: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    organization_id: Mapped[int]
    detail: Mapped[str]
    evidence: Mapped[dict[str, Any] | None]
