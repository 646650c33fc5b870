"""Overrides of on-call schedules: who is on duty instead of whose turn it is."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Key, OrganizationId, PublicId, Timestamps
from models.keys import organization_key


class OnCallOverride(Timestamps, Base):
    """From `starts_at` until just before `ends_at`; no two of a schedule overlap.

    Those that are over go with their contact, all others keep it from being deleted.
    """

    __tablename__ = "on_call_overrides"
    __table_args__ = (
        organization_key("on_call_schedule_id", "on_call_schedules", ondelete="CASCADE"),
        organization_key("contact_id", "contacts", ondelete="CASCADE"),
        CheckConstraint("starts_at < ends_at", name="times"),
        # A range of one number is equal where it overlaps, which needs no extension.
        ExcludeConstraint(
            (text("int4range(on_call_schedule_id, on_call_schedule_id, '[]')"), "&&"),
            (text("tstzrange(starts_at, ends_at)"), "&&"),
            using="gist",
            name="ex_on_call_overrides_times",
        ),
        # The list of a schedule, in the order of its cursor.
        Index(
            "ix_on_call_overrides_on_call_schedule_id_starts_at",
            "on_call_schedule_id",
            "starts_at",
        ),
    )

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    organization_id: Mapped[OrganizationId]
    on_call_schedule_id: Mapped[int]
    contact_id: Mapped[int] = mapped_column(index=True)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
