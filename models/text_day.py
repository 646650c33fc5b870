"""Text messages and calls used in a day: by each organization, and by all together."""

from datetime import date

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base


class TextDay(Base):
    """`segments` are counted as in `TextUsage`; the day is in UTC."""

    __tablename__ = "text_days"

    organization_id: Mapped[int] = mapped_column(
        ForeignKey("organizations.id", ondelete="CASCADE"), primary_key=True
    )
    day: Mapped[date] = mapped_column(primary_key=True)
    segments: Mapped[int] = mapped_column(default=0, server_default="0")


class TextDayTotal(Base):
    """The usage of all organizations, including deleted ones."""

    __tablename__ = "text_day_totals"

    day: Mapped[date] = mapped_column(primary_key=True)
    segments: Mapped[int] = mapped_column(default=0, server_default="0")
