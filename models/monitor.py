"""Monitors: what is watched, how often, and when a change is believed."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, text
from sqlalchemy.dialects.postgresql import ARRAY, TEXT
from sqlalchemy.orm import Mapped, mapped_column

from domain.slots import LONGEST_TIMEOUT
from models.base import Base, Key, OrganizationId, PublicId, Timestamps
from models.region import DEFAULT_REGION_ID


class Monitor(Timestamps, Base):
    """`settings` are those of the kind; the probe of that kind validates and reads them.

    `version` grows with each change of what is probed, so that a result of the old one is known.
    """

    __tablename__ = "monitors"
    __table_args__ = (
        CheckConstraint("interval_seconds BETWEEN 5 AND 86400", name="interval_seconds"),
        CheckConstraint(
            f"timeout_seconds BETWEEN 1 AND {LONGEST_TIMEOUT}"
            " AND timeout_seconds < interval_seconds",
            name="timeout_seconds",
        ),
        CheckConstraint("confirmations BETWEEN 1 AND 10", name="confirmations"),
        CheckConstraint("recoveries BETWEEN 1 AND 10", name="recoveries"),
        # Lists of an organization, in the order of its cursor.
        Index(
            "ix_monitors_organization_id_id",
            "organization_id",
            "id",
            postgresql_where=text("deleted_at IS NULL"),
        ),
    )

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    organization_id: Mapped[OrganizationId]
    region_id: Mapped[int] = mapped_column(
        SmallInteger, ForeignKey("regions.id"), default=DEFAULT_REGION_ID
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
    recheck_seconds: Mapped[int]
    recoveries: Mapped[int] = mapped_column(SmallInteger)
    paused: Mapped[bool] = mapped_column(default=False)
    version: Mapped[int] = mapped_column(default=1)
    deleted_at: Mapped[datetime | None]
