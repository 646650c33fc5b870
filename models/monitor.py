"""Monitors: the target, the interval, and the thresholds of confirmation."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, Index, SmallInteger, text
from sqlalchemy.dialects.postgresql import ARRAY, TEXT
from sqlalchemy.orm import Mapped, mapped_column

from domain.evaluation.slots import LONGEST_TIMEOUT
from domain.expiry import USUAL_DAYS
from models.base import Base, Key, PublicId, Timestamps, UnindexedOrganizationId, text_enum
from models.keys import organization_index, organization_key
from models.region import DEFAULT_REGION_ID

USUAL_FLAP_CHANGES = 10
USUAL_FLAP_WINDOW = 3600


class Backoff(StrEnum):
    """How the wait before each further recheck of a run grows."""

    FIXED = "fixed"
    LINEAR = "linear"
    EXPONENTIAL = "exponential"


class Monitor(Timestamps, Base):
    """`settings` are those of the kind; the probe of the kind validates and reads them.

    In one region, `confirmations` failures among the last `confirmation_window` checks are an
    outage. The monitor has one if `quorum` regions do (null: a majority of the regions with a
    vote). More than `flap_changes` state changes in `flap_window_seconds` are flapping (null:
    never).

    An outage notifies the contact groups at once, and the steps of the escalation policy after
    their waits. Reminders follow every `reminder_minutes` (null: by the policy). Expiry warnings
    are sent `expiry_days` before the expiry.

    `version` grows with each change of what is probed, so that results of the old target are
    recognized.
    """

    __tablename__ = "monitors"
    __table_args__ = (
        organization_index("monitors"),
        organization_key("project_id", "projects"),
        organization_key("escalation_policy_id", "escalation_policies"),
        CheckConstraint("interval_seconds BETWEEN 5 AND 86400", name="interval_seconds"),
        CheckConstraint(
            f"timeout_seconds BETWEEN 1 AND {LONGEST_TIMEOUT}"
            " AND timeout_seconds < interval_seconds",
            name="timeout_seconds",
        ),
        CheckConstraint("confirmations BETWEEN 1 AND 10", name="confirmations"),
        CheckConstraint("recoveries BETWEEN 1 AND 10", name="recoveries"),
        CheckConstraint(
            "confirmation_window BETWEEN confirmations AND 10", name="confirmation_window"
        ),
        CheckConstraint("cardinality(region_ids) BETWEEN 1 AND 20", name="region_ids"),
        CheckConstraint("reminder_minutes BETWEEN 5 AND 1440", name="reminder_minutes"),
        # For lists of an organization, in the order of their cursor.
        Index(
            "ix_monitors_organization_id_id",
            "organization_id",
            "id",
            postgresql_where=text("deleted_at IS NULL"),
        ),
    )

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    organization_id: Mapped[UnindexedOrganizationId]
    project_id: Mapped[int | None] = mapped_column(index=True)
    region_ids: Mapped[list[int]] = mapped_column(
        ARRAY(SmallInteger), default=lambda: [DEFAULT_REGION_ID]
    )
    name: Mapped[str]
    kind: Mapped[str]
    url: Mapped[str]
    settings: Mapped[dict[str, Any]]
    tags: Mapped[list[str]] = mapped_column(ARRAY(TEXT), default=list)
    interval_seconds: Mapped[int]
    timeout_seconds: Mapped[int]
    latency_threshold_ms: Mapped[int | None]
    confirmations: Mapped[int] = mapped_column(SmallInteger)
    confirmation_window: Mapped[int] = mapped_column(SmallInteger)
    recheck_seconds: Mapped[int]
    recheck_backoff: Mapped[Backoff] = mapped_column(
        text_enum(Backoff, "recheck_backoff"), default=Backoff.FIXED, server_default="fixed"
    )
    recoveries: Mapped[int] = mapped_column(SmallInteger)
    quorum: Mapped[int | None] = mapped_column(SmallInteger)
    alert_on_degraded: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    flap_changes: Mapped[int | None] = mapped_column(SmallInteger)
    flap_window_seconds: Mapped[int] = mapped_column(
        default=USUAL_FLAP_WINDOW, server_default=text(str(USUAL_FLAP_WINDOW))
    )
    escalation_policy_id: Mapped[int | None] = mapped_column(index=True)
    reminder_minutes: Mapped[int | None] = mapped_column(SmallInteger)
    expiry_days: Mapped[list[int]] = mapped_column(
        ARRAY(SmallInteger),
        default=lambda: list(USUAL_DAYS),
        server_default=text("'{30,14,7,3,1}'"),
    )
    paused: Mapped[bool] = mapped_column(default=False)
    paused_by_plan: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    """Whether it is paused because the plan allows fewer monitors."""
    version: Mapped[int] = mapped_column(default=1)
    deleted_at: Mapped[datetime | None]
