"""Passkeys: public keys by which people log in, and the challenges that were answered."""

import uuid
from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Key, PublicId


class Passkey(Base):
    """One public key of a person. Its private key never leaves the authenticator."""

    __tablename__ = "passkeys"

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    credential_id: Mapped[bytes] = mapped_column(unique=True)
    public_key: Mapped[bytes]
    sign_count: Mapped[int] = mapped_column(BigInteger)
    name: Mapped[str]
    backup_eligible: Mapped[bool]
    """Whether the authenticator may copy the key to other devices. It never changes."""
    backed_up: Mapped[bool]
    created_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]


class PasskeyChallenge(Base):
    """A challenge that was answered. A second answer to it is refused until it expires by itself."""

    __tablename__ = "passkey_challenges"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    expires_at: Mapped[datetime] = mapped_column(index=True)
