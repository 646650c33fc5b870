"""Exports: requested history of an organization, encrypted, in parts that are kept for a week."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, Index, Integer, SmallInteger, text
from sqlalchemy.dialects.postgresql import ARRAY, BYTEA
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Key, OrganizationId, PublicId, UnindexedOrganizationId, text_enum
from models.keys import organization_index, organization_key


class ExportState(StrEnum):
    """The state of an export.

        pending ─a worker claims it─► running ─► done ─a week─► expired

    One that failed has a `problem`. One that a user deleted is cancelled, finished or not.
    """

    PENDING = "pending"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


class Export(Base):
    """Only the holder of the claim numbered `claim` works on a running export, until `lease_until`.

    `position` is where the next part begins, in the format of the document's source. `failures`
    counts the claims since the last finished part. `monitor_ids` are internal ids (null: all
    monitors). `recipient` alone can decrypt the export: it is an age key or the public id of a
    recipient. `rows` and `size_bytes` count the finished parts, and `progress` is between 0 and 1.
    """

    __tablename__ = "exports"
    __table_args__ = (
        organization_index("exports"),
        Index("ix_exports_organization_id_requested_at", "organization_id", "requested_at"),
        # For the sweep, which looks for exports that no worker has.
        Index(
            "ix_exports_unfinished",
            "lease_until",
            postgresql_where=text("state IN ('pending', 'running')"),
        ),
    )

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    organization_id: Mapped[UnindexedOrganizationId]
    document: Mapped[str]
    format: Mapped[str]
    container: Mapped[str]
    recipient: Mapped[str]
    start_at: Mapped[datetime]
    end_at: Mapped[datetime]
    monitor_ids: Mapped[list[int] | None] = mapped_column(ARRAY(Integer))
    state: Mapped[ExportState] = mapped_column(
        text_enum(ExportState, "state"), default=ExportState.PENDING
    )
    claim: Mapped[int] = mapped_column(default=0)
    lease_until: Mapped[datetime]
    failures: Mapped[int] = mapped_column(SmallInteger, default=0)
    position: Mapped[dict[str, Any] | None]
    progress: Mapped[float] = mapped_column(default=0.0)
    rows: Mapped[int] = mapped_column(BigInteger, default=0)
    size_bytes: Mapped[int] = mapped_column(BigInteger, default=0)
    problem: Mapped[str | None]
    requested_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]


class ExportPart(Base):
    """A finished part: one file that can be opened by itself. `sha256` is hexadecimal."""

    __tablename__ = "export_parts"
    __table_args__ = (organization_key("export_id", "exports", ondelete="CASCADE"),)

    export_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    organization_id: Mapped[OrganizationId]
    rows: Mapped[int]
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str]


class ExportChunk(Base):
    """A piece of a part, finished or not.

    It has `CHUNK_BYTES` (`services.exports.contents`); only the last one has fewer.
    """

    __tablename__ = "export_chunks"
    __table_args__ = (organization_key("export_id", "exports", ondelete="CASCADE"),)

    export_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    part: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    organization_id: Mapped[OrganizationId]
    content: Mapped[bytes] = mapped_column(BYTEA)
