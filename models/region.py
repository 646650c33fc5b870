"""Regions: the places of check workers. Each worker serves one region."""

from datetime import datetime

from sqlalchemy import SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base

DEFAULT_REGION_ID = 1


class Region(Base):
    """A region belongs to the operator, and is the same for all organizations."""

    __tablename__ = "regions"

    id: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    seen_at: Mapped[datetime | None]
    """When a worker of the region last reported."""
