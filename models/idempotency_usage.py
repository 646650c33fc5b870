"""The bytes of stored idempotent answers of an organization."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base


class IdempotencyUsage(Base):
    """The size of the `idempotency_keys` of one hour, so that their rows need not be counted."""

    __tablename__ = "idempotency_usage"

    organization_id: Mapped[int] = mapped_column(
        ForeignKey("organizations.id", ondelete="CASCADE"), primary_key=True
    )
    hour: Mapped[datetime] = mapped_column(primary_key=True)
    """The start of the hour, in UTC."""
    size: Mapped[int] = mapped_column(BigInteger)
    """The size in bytes."""
