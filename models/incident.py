"""Incidents: one outage each, from the first failing check to the recovery."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Index, SmallInteger, text
from sqlalchemy.orm import Mapped, mapped_column

from domain.evaluation.outcome import Cause
from domain.evaluation.state import Severity
from models.base import Base, Key, PublicId, UnindexedOrganizationId, text_enum
from models.keys import organization_index, organization_key
from models.types import CauseCode


class Resolution(StrEnum):
    """How an incident ended."""

    RECOVERED = "recovered"
    WORSENED = "worsened"
    EASED = "eased"
    MONITOR_DELETED = "monitor_deleted"


class Suppression(StrEnum):
    """Why the notifications of an incident are held back."""

    MAINTENANCE = "maintenance"
    PARENT = "parent"
    PARENT_UNKNOWN = "parent_unknown"
    FLAPPING = "flapping"
    PAUSED = "paused"


class Incident(Base):
    """A change of severity ends one incident and begins the next, which follows it.

    `next_at` is when to plan the next notification. Notification began at `notified_at` (null:
    nobody was notified yet). `step` is the next step of the escalation policy, at `step_at` or
    never. `repetition` is the number of finished rounds. `reminders` counts the reminders sent, and
    the next is due at `reminder_at`.
    """

    __tablename__ = "incidents"
    __table_args__ = (
        organization_index("incidents"),
        organization_key("monitor_id", "monitors", ondelete="CASCADE"),
        organization_key("follows_id", "incidents"),
        CheckConstraint("(ended_at IS NULL) = (resolution IS NULL)", name="resolution_with_end"),
        # The database refuses a second open incident of a monitor.
        Index(
            "uq_incidents_open_monitor_id",
            "monitor_id",
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
        ),
        # For the history of a monitor and of an organization, newest first.
        Index("ix_incidents_monitor_id_started_at", "monitor_id", "started_at"),
        Index("ix_incidents_organization_id_started_at", "organization_id", "started_at"),
        # For the metrics of an organization: what lasted into a period, or lasts.
        Index("ix_incidents_organization_id_ended_at", "organization_id", "ended_at"),
        # For the sweep, which looks for due incidents.
        Index(
            "ix_incidents_next_at",
            "next_at",
            postgresql_where=text("ended_at IS NULL AND next_at IS NOT NULL"),
        ),
    )

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    organization_id: Mapped[UnindexedOrganizationId]
    monitor_id: Mapped[int]
    severity: Mapped[Severity] = mapped_column(
        text_enum(Severity, "severity"), default=Severity.DOWN, server_default="down"
    )
    follows_id: Mapped[int | None] = mapped_column(index=True)
    started_at: Mapped[datetime]
    """The first failing check of the run that confirmed the outage."""
    confirmed_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    resolution: Mapped[Resolution | None] = mapped_column(text_enum(Resolution, "resolution"))
    cause: Mapped[Cause] = mapped_column(CauseCode)
    detail: Mapped[str]
    suppressed_by: Mapped[Suppression | None] = mapped_column(
        text_enum(Suppression, "suppressed_by")
    )
    next_at: Mapped[datetime | None]
    notified_at: Mapped[datetime | None]
    step: Mapped[int] = mapped_column(SmallInteger, default=0, server_default="0")
    step_at: Mapped[datetime | None]
    repetition: Mapped[int] = mapped_column(SmallInteger, default=0, server_default="0")
    reminders: Mapped[int] = mapped_column(SmallInteger, default=0, server_default="0")
    reminder_at: Mapped[datetime | None]
    acknowledged_at: Mapped[datetime | None]
    acknowledged_by: Mapped[str | None]
    snoozed_until: Mapped[datetime | None]
