"""Signing keys of access tokens, for the whole service; the private part is encrypted."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, text_enum


class SigningKeyState(StrEnum):
    PENDING = "pending"
    ACTIVE = "active"
    RETIRING = "retiring"
    REVOKED = "revoked"


class SigningKey(Base):
    """`kid` is the thumbprint of the public key (RFC 7638). At most one key is active."""

    __tablename__ = "signing_keys"
    __table_args__ = (
        CheckConstraint("octet_length(nonce) = 12", name="nonce"),
        CheckConstraint("octet_length(wrapped) = 40", name="wrapped"),
        Index(
            "uq_signing_keys_active",
            "state",
            unique=True,
            postgresql_where=text("state = 'active'"),
        ),
    )

    kid: Mapped[str] = mapped_column(primary_key=True)
    state: Mapped[SigningKeyState] = mapped_column(text_enum(SigningKeyState, "state"))
    public_key: Mapped[str]
    wrapped_by: Mapped[str]
    wrapped: Mapped[bytes]
    nonce: Mapped[bytes]
    ciphertext: Mapped[bytes]
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
