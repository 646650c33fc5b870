"""Episodes in which a monitor uses up its allowed downtime too fast: one row while one goes on."""

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, OrganizationId
from models.keys import organization_key


class BurnRate(Base):
    """`factor` is that of the fastest rule which was noticed in this episode, and machines told of.

    `notified_factor` is what people were told of (null: nothing yet, since it is a parent's trouble).
    """

    __tablename__ = "burn_rates"
    __table_args__ = (organization_key("monitor_id", "monitors", ondelete="CASCADE"),)

    monitor_id: Mapped[int] = mapped_column(primary_key=True)
    organization_id: Mapped[OrganizationId]
    since: Mapped[datetime]
    factor: Mapped[float]
    notified_factor: Mapped[float | None]
