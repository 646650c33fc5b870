"""Overrides of on-call schedules: a temporary replacement on duty."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Key, OrganizationId, PublicId, Timestamps
from models.keys import organization_key


class OnCallOverride(Timestamps, Base):
    """An override lasts from `starts_at` until just before `ends_at`.

    Those of a schedule never overlap.

    Deleting a contact deletes its past overrides. Current and future ones prevent the deletion.
    """

    __tablename__ = "on_call_overrides"
    __table_args__ = (
        organization_key("on_call_schedule_id", "on_call_schedules", ondelete="CASCADE"),
        organization_key("contact_id", "contacts", ondelete="CASCADE"),
        CheckConstraint("starts_at < ends_at", name="times"),
        # A range of one number overlaps only an equal one, so no extension is needed for equality.
        ExcludeConstraint(
            (text("int4range(on_call_schedule_id, on_call_schedule_id, '[]')"), "&&"),
            (text("tstzrange(starts_at, ends_at)"), "&&"),
            using="gist",
            name="ex_on_call_overrides_times",
        ),
        # For the list of a schedule, in the order of its cursor.
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
