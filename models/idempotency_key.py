"""Idempotency keys: the answers to requests that may be repeated."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base
from models.keys import organization_key


class IdempotencyKey(Base):
    """`fingerprint` is a hash of the key, its user and the route, and reveals none of them.

    The answer is encrypted, because some answers contain a secret that is shown once.
    """

    __tablename__ = "idempotency_keys"
    __table_args__ = (
        organization_key("data_key_id", "data_keys"),
        CheckConstraint("octet_length(fingerprint) = 32", name="fingerprint"),
        CheckConstraint("octet_length(request_hash) = 32", name="request_hash"),
        CheckConstraint("octet_length(nonce) = 12", name="nonce"),
    )

    organization_id: Mapped[int] = mapped_column(
        ForeignKey("organizations.id", ondelete="CASCADE"), primary_key=True
    )
    fingerprint: Mapped[bytes] = mapped_column(primary_key=True)
    request_hash: Mapped[bytes]
    data_key_id: Mapped[int] = mapped_column(index=True)
    nonce: Mapped[bytes]
    ciphertext: Mapped[bytes]
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"), index=True)
