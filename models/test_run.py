"""Test runs: checks that a user follows step by step."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, Index, text
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

    Without a monitor it is of values that are not stored, perhaps for a project. These are in `ciphertext` until a worker
    takes them. `report` is the result, without any secret. `problem` says why there is none.
    """

    __tablename__ = "test_runs"
    __table_args__ = (
        organization_key("monitor_id", "monitors", ondelete="CASCADE"),
        organization_key("project_id", "projects", ondelete="CASCADE"),
        organization_key("data_key_id", "data_keys"),
        CheckConstraint(
            "(ciphertext IS NULL) = (nonce IS NULL) AND (ciphertext IS NULL) = (data_key_id IS NULL)",
            name="sealed",
        ),
        CheckConstraint("octet_length(nonce) = 12", name="nonce"),
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
    monitor_id: Mapped[int | None] = mapped_column(index=True)
    project_id: Mapped[int | None] = mapped_column(index=True)
    data_key_id: Mapped[int | None] = mapped_column(index=True)
    nonce: Mapped[bytes | None]
    ciphertext: Mapped[bytes | None]
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
