"""How many bytes of answers are kept for an organization that may be asked for again."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base


class IdempotencyUsage(Base):
    """What `idempotency_keys` of one hour hold, so that nobody has to count their rows."""

    __tablename__ = "idempotency_usage"

    organization_id: Mapped[int] = mapped_column(
        ForeignKey("organizations.id", ondelete="CASCADE"), primary_key=True
    )
    hour: Mapped[datetime] = mapped_column(primary_key=True)
    """When it began, in UTC."""
    size: Mapped[int] = mapped_column(BigInteger)
    """Bytes."""
