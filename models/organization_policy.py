"""Organization policies: what an organization demands of those who act for it."""

from datetime import datetime

from sqlalchemy import ARRAY, CheckConstraint, ForeignKey, SmallInteger, Text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Timestamps


class OrganizationPolicy(Timestamps, Base):
    """An organization without a row has the defaults of `domain.organization_policy`."""

    __tablename__ = "organization_policies"
    __table_args__ = (
        CheckConstraint(
            "require_second_factor = (second_factor_required_at IS NOT NULL)", name="demand"
        ),
        CheckConstraint("cardinality(login_ways) > 0", name="login_ways"),
    )

    organization_id: Mapped[int] = mapped_column(
        ForeignKey("organizations.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    require_second_factor: Mapped[bool]
    second_factor_grace_days: Mapped[int] = mapped_column(SmallInteger)
    second_factor_required_at: Mapped[datetime | None]
    """When the demand began. The grace counts from here, or from when a member joined later."""
    session_idle_minutes: Mapped[int]
    session_hours: Mapped[int]
    networks: Mapped[list[str]] = mapped_column(ARRAY(Text))
    networks_for_machines: Mapped[bool]
    longest_key_days: Mapped[int | None] = mapped_column(SmallInteger)
    login_ways: Mapped[list[str]] = mapped_column(ARRAY(Text))
