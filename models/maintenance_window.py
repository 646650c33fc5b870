"""Maintenance windows: planned maintenance and its monitors."""

from datetime import datetime

from sqlalchemy import CheckConstraint, DateTime, Index, Integer, text
from sqlalchemy.dialects.postgresql import ARRAY, TEXT
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Key, PublicId, Timestamps, UnindexedOrganizationId
from models.keys import organization_index


class MaintenanceWindow(Timestamps, Base):
    """What a user planned; `maintenance_spans` has the occurrences.

    `local_start` is a wall time in `time_zone`. Without a `recurrence` (an RRULE of RFC 5545) the
    window occurs once. It applies to the named monitors, to those with one of the tags, or to all.
    Its spans are written up to `spanned_until`; null means that none will follow. At `ended_at` a
    user ended the current span early.
    """

    __tablename__ = "maintenance_windows"
    __table_args__ = (
        organization_index("maintenance_windows"),
        CheckConstraint("duration_seconds BETWEEN 60 AND 7776000", name="duration_seconds"),
        CheckConstraint(
            "all_monitors OR cardinality(monitor_ids) + cardinality(tags) > 0", name="scope"
        ),
        # For the list of an organization, in the order of its cursor.
        Index(
            "ix_maintenance_windows_organization_id_name",
            "organization_id",
            "name",
            "public_id",
            postgresql_where=text("deleted_at IS NULL"),
        ),
        # For the sweep, which looks for windows whose next spans have to be written.
        Index(
            "ix_maintenance_windows_spanned_until",
            "spanned_until",
            postgresql_where=text("deleted_at IS NULL AND spanned_until IS NOT NULL"),
        ),
    )

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    organization_id: Mapped[UnindexedOrganizationId]
    name: Mapped[str]
    time_zone: Mapped[str]
    local_start: Mapped[datetime] = mapped_column(DateTime(timezone=False))
    duration_seconds: Mapped[int]
    recurrence: Mapped[str | None]
    all_monitors: Mapped[bool]
    monitor_ids: Mapped[list[int]] = mapped_column(ARRAY(Integer))
    tags: Mapped[list[str]] = mapped_column(ARRAY(TEXT))
    spanned_until: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    deleted_at: Mapped[datetime | None]
