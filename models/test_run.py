"""Test runs: checks of one monitor that a user follows step by step."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Key, OrganizationId, PublicId, text_enum
from models.keys import organization_key


class TestRunState(StrEnum):
    """pending ─a worker claims it─► running ─► done. An overdue test run becomes failed."""

    PENDING = "pending"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class TestRun(Base):
    """An unfinished test run has to make progress before `deadline_at`.

    `report` is its result, without any secret. `problem` says why there is none.
    """

    __tablename__ = "test_runs"
    __table_args__ = (
        organization_key("monitor_id", "monitors", ondelete="CASCADE"),
        Index("ix_test_runs_requested_at", "requested_at"),
        Index(
            "uq_test_runs_unfinished",
            "monitor_id",
            unique=True,
            postgresql_where=text("state IN ('pending', 'running')"),
        ),
    )

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    organization_id: Mapped[OrganizationId]
    monitor_id: Mapped[int] = mapped_column(index=True)
    region: Mapped[str]
    state: Mapped[TestRunState] = mapped_column(
        text_enum(TestRunState, "state"), default=TestRunState.PENDING
    )
    requested_at: Mapped[datetime]
    deadline_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    problem: Mapped[str | None]
    report: Mapped[dict[str, Any] | None]
