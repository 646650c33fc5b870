"""The audit log: one row for each act, chained by hashes, and the head of each chain."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, Text, text
from sqlalchemy.dialects.postgresql import JSONB, TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, PublicId, text_enum


class ActorKind(StrEnum):
    """Who acts. A `link` is somebody who holds a one-time link and needs no account."""

    USER = "user"
    API_KEY = "api_key"
    SERVICE_ACCOUNT = "service_account"
    OPERATOR = "operator"
    LINK = "link"
    SYSTEM = "system"
    """This service itself, such as billing after a payment."""
    NOBODY = "nobody"
    """Nobody who is known, such as the sender of a wrong password."""


class Via(StrEnum):
    """How the act came in."""

    APP = "app"
    API_TOKEN = "api_token"  # noqa: S105 - a name
    API_KEY = "api_key"
    SERVICE_ACCOUNT = "service_account"
    LINK = "link"
    OPERATOR = "operator"
    SYSTEM = "system"


class AuditEntry(Base):
    """A row is only ever added. It has no foreign keys, because it outlives what it names.

    `hash` covers `previous_hash` and everything but the personal data, of which it covers
    `personal_digest`. So personal data can be erased, and the chain still verifies. `salt`, `ip`,
    `user_agent`, `actor_label`, `personal` and `words` are personal data. A row without `salt` was erased.
    """

    __tablename__ = "audit_entries"
    __table_args__ = (
        Index("ix_audit_entries_organization_id_at", "organization_id", "at"),
        Index("ix_audit_entries_actor_id", "actor_id", "organization_id", "sequence"),
        Index("ix_audit_entries_target_id", "target_id", "organization_id", "sequence"),
        Index("ix_audit_entries_action", "organization_id", "action", "sequence"),
        Index("ix_audit_entries_via", "organization_id", "via", "sequence"),
        Index(
            "ix_audit_entries_ip",
            "organization_id",
            "ip",
            "sequence",
            postgresql_where=text("salt IS NOT NULL"),
        ),
        Index("ix_audit_entries_words", "words", postgresql_using="gin"),
        # For the erasure of a person, who may be named in every chain.
        Index(
            "ix_audit_entries_named",
            text("lower(personal ->> 'target')"),
            postgresql_where=text("personal ->> 'target' IS NOT NULL"),
        ),
        CheckConstraint("octet_length(hash) = 32", name="hash"),
        CheckConstraint("octet_length(previous_hash) = 32", name="previous_hash"),
        CheckConstraint("octet_length(personal_digest) = 32", name="personal_digest"),
    )

    organization_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    sequence: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    public_id: Mapped[PublicId]
    at: Mapped[datetime]
    action: Mapped[str] = mapped_column(Text(collation="C"))
    via: Mapped[Via] = mapped_column(text_enum(Via, "via"))
    actor_kind: Mapped[ActorKind] = mapped_column(text_enum(ActorKind, "actor_kind"))
    actor_id: Mapped[UUID | None]
    target_kind: Mapped[str | None]
    target_id: Mapped[UUID | None]
    target_label: Mapped[str | None]
    request_id: Mapped[str | None]
    changes: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    personal_digest: Mapped[bytes]
    previous_hash: Mapped[bytes]
    hash: Mapped[bytes]
    salt: Mapped[bytes | None]
    ip: Mapped[str | None]
    user_agent: Mapped[str | None]
    actor_label: Mapped[str | None]
    personal: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    words: Mapped[str | None] = mapped_column(TSVECTOR, deferred=True)
    """What a search by words finds, each after the organization; no hash covers it."""


class AuditHead(Base):
    """The last entry of a chain: an act locks it, so entries of one chain follow one another.

    Entries up to `pruned_sequence` were deleted for their age; the last of them had `pruned_hash`.
    """

    __tablename__ = "audit_heads"

    organization_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    sequence: Mapped[int] = mapped_column(BigInteger)
    hash: Mapped[bytes]
    at: Mapped[datetime]
    pruned_sequence: Mapped[int] = mapped_column(BigInteger)
    pruned_hash: Mapped[bytes]
