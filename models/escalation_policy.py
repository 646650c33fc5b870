"""Escalation policies: whom an unacknowledged incident notifies, step by step."""

from enum import StrEnum

from sqlalchemy import (
    CheckConstraint,
    ForeignKeyConstraint,
    Index,
    SmallInteger,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Key, OrganizationId, PublicId, Timestamps, UnindexedOrganizationId
from models.keys import organization_index, organization_key


class EscalationPolicy(Timestamps, Base):
    """All steps run once and `repeats` times more, each round `repeat_minutes` after the last.

    `reminder_minutes` applies to its monitors without a value of their own (null: no reminders).
    """

    __tablename__ = "escalation_policies"
    __table_args__ = (
        organization_index("escalation_policies"),
        organization_key("project_id", "projects"),
        UniqueConstraint("organization_id", "name"),
        CheckConstraint("repeats BETWEEN 0 AND 9", name="repeats"),
        CheckConstraint("repeat_minutes BETWEEN 1 AND 1440", name="repeat_minutes"),
        CheckConstraint("reminder_minutes BETWEEN 5 AND 1440", name="reminder_minutes"),
    )

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    organization_id: Mapped[UnindexedOrganizationId]
    project_id: Mapped[int | None] = mapped_column(index=True)
    name: Mapped[str]
    repeats: Mapped[int] = mapped_column(SmallInteger)
    repeat_minutes: Mapped[int] = mapped_column(SmallInteger)
    reminder_minutes: Mapped[int | None] = mapped_column(SmallInteger)


class EscalationStep(Base):
    """`wait_minutes` counts from the previous step, or from the opening."""

    __tablename__ = "escalation_steps"
    __table_args__ = (
        organization_index("escalation_steps", "escalation_policy_id", "position"),
        organization_key("escalation_policy_id", "escalation_policies", ondelete="CASCADE"),
        CheckConstraint("wait_minutes BETWEEN 0 AND 1440", name="wait_minutes"),
    )

    escalation_policy_id: Mapped[int] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    organization_id: Mapped[UnindexedOrganizationId]
    wait_minutes: Mapped[int] = mapped_column(SmallInteger)


class TargetKind(StrEnum):
    """The kinds of notification targets; each has its own column with a foreign key."""

    CONTACT_GROUP = "contact_group"
    CONTACT = "contact"
    ON_CALL_SCHEDULE = "on_call_schedule"


class EscalationTarget(Base):
    """A notification target of a step.

    Without a position it is the fallback for steps that reach nobody.

    A deleted contact or group leaves the policy. A schedule that is a target cannot be deleted.
    """

    __tablename__ = "escalation_targets"
    __table_args__ = (
        organization_key("contact_group_id", "contact_groups", ondelete="CASCADE"),
        organization_key("contact_id", "contacts", ondelete="CASCADE"),
        organization_key("on_call_schedule_id", "on_call_schedules"),
        ForeignKeyConstraint(
            ["organization_id", "escalation_policy_id", "position"],
            [
                "escalation_steps.organization_id",
                "escalation_steps.escalation_policy_id",
                "escalation_steps.position",
            ],
            name="fk_escalation_targets_organization_id_position",
            ondelete="CASCADE",
        ),
        organization_key("escalation_policy_id", "escalation_policies", ondelete="CASCADE"),
        CheckConstraint(
            "num_nonnulls(contact_group_id, contact_id, on_call_schedule_id) = 1", name="one"
        ),
        Index(
            "uq_escalation_targets_target",
            "escalation_policy_id",
            text("coalesce(position, -1)"),
            "contact_group_id",
            "contact_id",
            "on_call_schedule_id",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
    )

    id: Mapped[Key]
    organization_id: Mapped[OrganizationId]
    escalation_policy_id: Mapped[int]
    position: Mapped[int | None] = mapped_column(SmallInteger)
    contact_group_id: Mapped[int | None] = mapped_column(index=True)
    contact_id: Mapped[int | None] = mapped_column(index=True)
    on_call_schedule_id: Mapped[int | None] = mapped_column(index=True)
