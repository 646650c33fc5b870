"""Maintenance spans: the past, current and coming occurrences of maintenance windows."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY, TEXT
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Key
from models.keys import organization_key


class MaintenanceSpan(Base):
    """A span [began_at, ends_at) and its scope, copied from the window at the time.

    Spans are written a day ahead. A past span never changes, whatever happens to the window. When a
    span ends, its tags are replaced by the monitors that have them at that moment.
    """

    __tablename__ = "maintenance_spans"
    __table_args__ = (
        organization_key("maintenance_window_id", "maintenance_windows", ondelete="CASCADE"),
        CheckConstraint("began_at < ends_at", name="order"),
        UniqueConstraint("maintenance_window_id", "began_at"),
        # For the question whether a monitor is or was in maintenance at a time.
        Index("ix_maintenance_spans_organization_id_ends_at", "organization_id", "ends_at"),
        # For the sweep, which looks for current spans, and for past ones that still have tags.
        Index("ix_maintenance_spans_ends_at", "ends_at"),
        Index(
            "ix_maintenance_spans_tagged",
            "ends_at",
            postgresql_where=text("cardinality(tags) > 0"),
        ),
    )

    id: Mapped[Key]
    organization_id: Mapped[int] = mapped_column(ForeignKey("organizations.id", ondelete="CASCADE"))
    maintenance_window_id: Mapped[int]
    began_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    all_monitors: Mapped[bool]
    monitor_ids: Mapped[list[int]] = mapped_column(ARRAY(Integer))
    tags: Mapped[list[str]] = mapped_column(ARRAY(TEXT))
