"""Recipients: public keys to which an organization encrypts its answers and exports."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Key, OrganizationId, PublicId, Timestamps, text_enum


class RecipientState(StrEnum):
    """The state of a recipient: pending ─its holder solves the challenge─► active ─► retired.

    A retired recipient stays retired.
    """

    PENDING = "pending"
    ACTIVE = "active"
    RETIRED = "retired"


class Recipient(Timestamps, Base):
    """`members` are the members of the public key that its thumbprint covers (RFC 7638).

    Only the SHA-256 of a challenge is stored. A recipient is no longer active from `expires_at` on.
    """

    __tablename__ = "recipients"
    __table_args__ = (
        UniqueConstraint("organization_id", "thumbprint"),
        CheckConstraint("(challenge_hash IS NULL) = (challenge_ends_at IS NULL)", name="challenge"),
    )

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    organization_id: Mapped[OrganizationId]
    name: Mapped[str]
    members: Mapped[dict[str, Any]]
    algorithm: Mapped[str]
    thumbprint: Mapped[str]
    state: Mapped[RecipientState] = mapped_column(
        text_enum(RecipientState, "state"), default=RecipientState.PENDING
    )
    expires_at: Mapped[datetime | None]
    challenge_hash: Mapped[bytes | None]
    challenge_ends_at: Mapped[datetime | None]
    activated_at: Mapped[datetime | None]
    retired_at: Mapped[datetime | None]
