"""Dependencies of monitors: a child is only reachable through its parents."""

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, OrganizationId
from models.keys import organization_key


class MonitorParent(Base):
    """The dependencies never form a cycle."""

    __tablename__ = "monitor_parents"
    __table_args__ = (
        organization_key("monitor_id", "monitors", ondelete="CASCADE"),
        organization_key("parent_id", "monitors", ondelete="CASCADE"),
        CheckConstraint("monitor_id <> parent_id", name="other"),
    )

    monitor_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    parent_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, index=True)
    organization_id: Mapped[OrganizationId]
