"""Blind spans: the times in which a monitor was unknown. Uptime computes `unknown` from them."""

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base
from models.keys import organization_key


class BlindSpan(Base):
    """A span [from_slot, until_slot) of unix seconds. Spans of a monitor neither overlap nor touch.

    It outlives the rows of its checks. The span of a heartbeat is open until its next result.
    """

    __tablename__ = "blind_spans"
    __table_args__ = (
        organization_key("monitor_id", "monitors", ondelete="CASCADE"),
        CheckConstraint("from_slot < until_slot", name="order"),
        # For the metrics of an organization: what reaches into a period.
        Index("ix_blind_spans_organization_id_until_slot", "organization_id", "until_slot"),
    )

    monitor_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    from_slot: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    until_slot: Mapped[int]
    organization_id: Mapped[int] = mapped_column(ForeignKey("organizations.id", ondelete="CASCADE"))
