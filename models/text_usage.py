"""Text messages and calls that an organization used in a month."""

from datetime import date

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base


class TextUsage(Base):
    """`segments` are what a provider charges for: the parts of a text, or one for a call."""

    __tablename__ = "text_usage"

    organization_id: Mapped[int] = mapped_column(
        ForeignKey("organizations.id", ondelete="CASCADE"), primary_key=True
    )
    month: Mapped[date] = mapped_column(primary_key=True)
    """The first day of the month, in UTC."""
    segments: Mapped[int] = mapped_column(default=0, server_default="0")
