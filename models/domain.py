"""Domains: names whose owner an organization proves to be, by a record in the DNS."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Index, SmallInteger, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Key, PublicId, Timestamps, UnindexedOrganizationId, text_enum
from models.keys import organization_index


class DomainState(StrEnum):
    """Whether the organization owns the domain. `lost`: the record was missing for too long."""

    PENDING = "pending"
    PROVEN = "proven"
    LOST = "lost"


class DomainProblem(StrEnum):
    """Why the last check did not prove the domain."""

    MISSING = "missing"
    UNANSWERED = "unanswered"
    OWNED = "owned"
    """Another organization has proven it."""


class Domain(Timestamps, Base):
    """One organization at most owns a name. Others may only wait for it."""

    __tablename__ = "domains"
    __table_args__ = (
        organization_index("domains"),
        UniqueConstraint("organization_id", "name"),
        Index("uq_domains_name", "name", unique=True, postgresql_where=text("state = 'proven'")),
        Index(
            "ix_domains_due", "next_check_at", postgresql_where=text("next_check_at IS NOT NULL")
        ),
    )

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    organization_id: Mapped[UnindexedOrganizationId]
    name: Mapped[str]
    """In ASCII and in lower case, without the last dot."""
    challenge: Mapped[str]
    """The content of the record. Everybody may read it there, so it is no secret."""
    state: Mapped[DomainState] = mapped_column(text_enum(DomainState, "state"))
    proven_at: Mapped[datetime | None]
    checked_at: Mapped[datetime | None]
    next_check_at: Mapped[datetime | None]
    failures: Mapped[int] = mapped_column(SmallInteger)
    """How many checks in a row did not find the record of a proven domain."""
    problem: Mapped[DomainProblem | None] = mapped_column(text_enum(DomainProblem, "problem"))
