"""Service level objectives: what has to be good, how often, over which period, and whom to tell."""

from enum import StrEnum

from sqlalchemy import CheckConstraint, SmallInteger, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from domain.analytics.slo_period import CalendarUnit
from models.base import (
    Base,
    Key,
    OrganizationId,
    PublicId,
    Timestamps,
    UnindexedOrganizationId,
    text_enum,
)
from models.keys import organization_index, organization_key


class Indicator(StrEnum):
    """What an objective measures: the time that is up, or the checks that are fast enough."""

    AVAILABILITY = "availability"
    LATENCY = "latency"


class Slo(Timestamps, Base):
    """An objective of one monitor, of the monitors with a tag, or of all (neither is set).

    `target_percent` of the time has to be up, or of the checks take at most `threshold_ms`. The
    period is the last `rolling_days`, or the present period of the `calendar` in `time_zone`.
    """

    __tablename__ = "slos"
    __table_args__ = (
        organization_index("slos"),
        organization_key("monitor_id", "monitors", ondelete="CASCADE"),
        UniqueConstraint("organization_id", "name"),
        CheckConstraint("target_percent BETWEEN 50 AND 99.999", name="target_percent"),
        CheckConstraint("num_nonnulls(monitor_id, tag) <= 1", name="scope"),
        CheckConstraint("(threshold_ms IS NOT NULL) = (indicator = 'latency')", name="threshold"),
        CheckConstraint("threshold_ms BETWEEN 1 AND 60000", name="threshold_ms"),
        CheckConstraint("num_nonnulls(rolling_days, calendar) = 1", name="period"),
        CheckConstraint("rolling_days BETWEEN 1 AND 90", name="rolling_days"),
    )

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    organization_id: Mapped[UnindexedOrganizationId]
    name: Mapped[str]
    monitor_id: Mapped[int | None] = mapped_column(index=True)
    tag: Mapped[str | None]
    indicator: Mapped[Indicator] = mapped_column(text_enum(Indicator, "indicator"))
    threshold_ms: Mapped[int | None]
    target_percent: Mapped[float]
    rolling_days: Mapped[int | None] = mapped_column(SmallInteger)
    calendar: Mapped[CalendarUnit | None] = mapped_column(text_enum(CalendarUnit, "calendar"))
    time_zone: Mapped[str]


class SloContactGroup(Base):
    """A contact group that hears of a high burn rate."""

    __tablename__ = "slo_contact_groups"
    __table_args__ = (
        organization_key("slo_id", "slos", ondelete="CASCADE"),
        organization_key("contact_group_id", "contact_groups", ondelete="CASCADE"),
    )

    slo_id: Mapped[int] = mapped_column(primary_key=True)
    contact_group_id: Mapped[int] = mapped_column(primary_key=True, index=True)
    organization_id: Mapped[OrganizationId]
