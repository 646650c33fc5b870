"""Incidents: one outage each, from the first failing check to the recovery."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from domain.outcome import Cause
from models.base import Base, Key, OrganizationId, PublicId, text_enum
from models.types import CauseCode


class Resolution(StrEnum):
    """How an incident ended."""

    RECOVERED = "recovered"
    MONITOR_DELETED = "monitor_deleted"


class Incident(Base):
    __tablename__ = "incidents"
    __table_args__ = (
        CheckConstraint("(ended_at IS NULL) = (resolution IS NULL)", name="resolution_with_end"),
        # The database itself refuses a second open incident of a monitor.
        Index(
            "uq_incidents_open_monitor_id",
            "monitor_id",
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
        ),
        # The history of one monitor and of an organization, newest first.
        Index("ix_incidents_monitor_id_started_at", "monitor_id", "started_at"),
        Index("ix_incidents_organization_id_started_at", "organization_id", "started_at"),
    )

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    organization_id: Mapped[OrganizationId]
    monitor_id: Mapped[int] = mapped_column(ForeignKey("monitors.id", ondelete="CASCADE"))
    started_at: Mapped[datetime]
    """The first failing check of the run that confirmed the outage."""
    confirmed_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    resolution: Mapped[Resolution | None] = mapped_column(text_enum(Resolution, "resolution"))
    cause: Mapped[Cause] = mapped_column(CauseCode)
    detail: Mapped[str]
