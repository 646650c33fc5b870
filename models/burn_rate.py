"""Episodes in which a monitor uses up its allowed downtime too fast: one row while one goes on."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, OrganizationId


class BurnRate(Base):
    """`factor` is that of the fastest rule which was told in this episode."""

    __tablename__ = "burn_rates"

    monitor_id: Mapped[int] = mapped_column(
        ForeignKey("monitors.id", ondelete="CASCADE"), primary_key=True
    )
    organization_id: Mapped[OrganizationId]
    since: Mapped[datetime]
    factor: Mapped[float]
