"""Episodes in which an error budget burns too fast: one row while one lasts."""

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, OrganizationId
from models.keys import organization_key


class BurnRate(Base):
    """`factor` is that of the fastest rule exceeded in this episode; events for machines report it.

    `notified_factor` is the factor that people were notified of. It is null while a parent explains
    the episode.
    """

    __tablename__ = "burn_rates"
    __table_args__ = (organization_key("slo_id", "slos", ondelete="CASCADE"),)

    slo_id: Mapped[int] = mapped_column(primary_key=True)
    organization_id: Mapped[OrganizationId]
    since: Mapped[datetime]
    factor: Mapped[float]
    notified_factor: Mapped[float | None]
