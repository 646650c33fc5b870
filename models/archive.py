"""The catalogue of the archive of checks: its days, files, manifests, and what is to be done."""

from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, SmallInteger, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, text_enum


class ArchiveState(StrEnum):
    """How far a revision of a day's shard is.

        unloading ─the files are in the store─► stored ─read back─► verified ─manifest─► current

    A day without a row is open. After an error or a kill, a revision begins again.
    """

    UNLOADING = "unloading"
    STORED = "stored"
    VERIFIED = "verified"
    CURRENT = "current"


class ArchiveDay(Base):
    """A sixteenth of the organizations on a day (UTC), and the revision that is being made.

    A revision that is whole replaces all files before it; another one adds to them. `rows` and
    `failures` are those of all its files together. Notes of late rows up to `late_seen`
    are in them. Once `dropped_at` is set, the archive is read; there may be a restored copy in the
    database until the end of the day `restored_until`.
    """

    __tablename__ = "archive_days"
    __table_args__ = (CheckConstraint("shard BETWEEN 0 AND 15", name="shard"),)

    day: Mapped[date] = mapped_column(primary_key=True)
    shard: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    state: Mapped[ArchiveState] = mapped_column(text_enum(ArchiveState, "archive_state"))
    revision: Mapped[int]
    is_whole: Mapped[bool]
    rows: Mapped[int] = mapped_column(BigInteger)
    failures: Mapped[int] = mapped_column(BigInteger)
    late_seen: Mapped[int] = mapped_column(BigInteger)
    changed_at: Mapped[datetime]
    dropped_at: Mapped[datetime | None]
    restored_until: Mapped[date | None]


class ArchiveFile(Base):
    """A file in the object store, as in its manifest (`services.archive.files.manifest`).

    A file of a day has the rows of a shard, one of a month those of the organization `only_for`.
    Readers use the files that are current. One with `replaced_at` is deleted after a while.
    """

    __tablename__ = "archive_files"
    __table_args__ = (
        CheckConstraint("first_day <= last_day", name="order"),
        Index(None, "shard", "first_day"),
    )

    name: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    first_day: Mapped[date]
    last_day: Mapped[date]
    shard: Mapped[int] = mapped_column(SmallInteger)
    only_for: Mapped[int | None]
    revision: Mapped[int]
    rows: Mapped[int] = mapped_column(BigInteger)
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str]
    digest: Mapped[str]
    organizations: Mapped[Mapping[str, int]] = mapped_column(JSONB)
    is_current: Mapped[bool]
    replaced_at: Mapped[datetime | None]


class ArchiveManifest(Base):
    """A signed manifest in the object store, by its number. `kid` is the key that signed it."""

    __tablename__ = "archive_manifests"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    first_day: Mapped[date]
    last_day: Mapped[date]
    sha256: Mapped[str]
    kid: Mapped[str]
    created_at: Mapped[datetime]


class ArchiveLate(Base):
    """A note of rows that were stored after their day was over. There may be several of a day."""

    __tablename__ = "archive_late"
    __table_args__ = (Index(None, "day", "shard"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    day: Mapped[date]
    shard: Mapped[int] = mapped_column(SmallInteger)


class ArchiveErasure(Base):
    """A deleted organization whose rows are to leave the archive; it outlives the organization."""

    __tablename__ = "archive_erasures"

    organization_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    requested_at: Mapped[datetime]
    erased_at: Mapped[datetime | None]


class ArchiveRetention(Base):
    """How long an organization's checks are kept, if not as the settings say, and a legal hold.

    `days` is None for the days of the settings. For a while after they were shortened, checks are
    hidden and not deleted; until then `previous_days` count (`services.archive.retention`).
    """

    __tablename__ = "archive_retentions"
    __table_args__ = (CheckConstraint("days > 0", name="days"),)

    organization_id: Mapped[int] = mapped_column(
        ForeignKey("organizations.id", ondelete="CASCADE"), primary_key=True
    )
    days: Mapped[int | None]
    previous_days: Mapped[int | None]
    shortened_at: Mapped[datetime | None]
    held_since: Mapped[datetime | None]
    hold_reason: Mapped[str | None]
    hold_is_hidden: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    """Whether the owners of the organization do not know of the hold."""
