"""Expiries: the certificate or domain that the checks of a monitor saw last."""

from datetime import datetime

from sqlalchemy import Index, SmallInteger, text
from sqlalchemy.orm import Mapped, mapped_column

from domain.expiry import Subject
from models.base import Base, OrganizationId, text_enum
from models.keys import organization_key


class Expiry(Base):
    """`identity` distinguishes a renewed certificate or domain from the previous one.

    `notified_days` is the closest threshold notified for this one. `next_at` is when the next
    threshold passes; null means that none is left.
    """

    __tablename__ = "expiries"
    __table_args__ = (
        organization_key("monitor_id", "monitors", ondelete="CASCADE"),
        Index("ix_expiries_next_at", "next_at", postgresql_where=text("next_at IS NOT NULL")),
    )

    monitor_id: Mapped[int] = mapped_column(primary_key=True)
    subject: Mapped[Subject] = mapped_column(text_enum(Subject, "subject"), primary_key=True)
    organization_id: Mapped[OrganizationId]
    expires_at: Mapped[datetime]
    identity: Mapped[str]
    seen_at: Mapped[datetime]
    notified_days: Mapped[int | None] = mapped_column(SmallInteger)
    next_at: Mapped[datetime | None]
