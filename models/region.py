"""Where checks are made from. A worker serves one region."""

from datetime import datetime

from sqlalchemy import SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base

DEFAULT_REGION_ID = 1


class Region(Base):
    """The operator's, and the same for all organizations."""

    __tablename__ = "regions"

    id: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    seen_at: Mapped[datetime | None]
    """When a worker of it was last heard of."""
