"""Second factors: the encrypted secret of an authenticator app, and hashes of recovery codes."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base


class SecondFactor(Base):
    """A login requires it once it is confirmed.

    `last_step` is the time step of the last code, so each code works once.
    """

    __tablename__ = "second_factors"
    __table_args__ = (
        CheckConstraint("octet_length(nonce) = 12", name="nonce"),
        CheckConstraint("octet_length(wrapped) = 40", name="wrapped"),
    )

    user_id: Mapped[int] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    )
    wrapped_by: Mapped[str]
    wrapped: Mapped[bytes]
    nonce: Mapped[bytes]
    ciphertext: Mapped[bytes]
    last_step: Mapped[int] = mapped_column(default=0, server_default="0")
    created_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]


class RecoveryCode(Base):
    """A recovery code is used once, then deleted."""

    __tablename__ = "recovery_codes"

    code_hash: Mapped[bytes] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
