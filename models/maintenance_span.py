"""Maintenance spans: the stretches of time in which monitors are, were or soon will be in maintenance."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY, TEXT
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Key
from models.keys import organization_key


class MaintenanceSpan(Base):
    """[began_at, ends_at), with what it applies to as the window said at the time.

    They are written a day ahead. What is over never changes, whatever becomes of the window: when
    a span ends, its tags are replaced by the monitors that have them then.
    """

    __tablename__ = "maintenance_spans"
    __table_args__ = (
        organization_key("maintenance_window_id", "maintenance_windows", ondelete="CASCADE"),
        CheckConstraint("began_at < ends_at", name="order"),
        UniqueConstraint("maintenance_window_id", "began_at"),
        # "Is this monitor in maintenance at that time", now and in the past.
        Index("ix_maintenance_spans_organization_id_ends_at", "organization_id", "ends_at"),
        # The sweep asks for what runs now, and for what ended and still has tags.
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
