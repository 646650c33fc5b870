"""The state of a monitor in one region, only for monitors with several regions."""

from datetime import datetime

from sqlalchemy import ForeignKey, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from domain.evaluation.state import State
from models.base import Base, text_enum
from models.keys import organization_key


class MonitorRegionState(Base):
    """The columns of `MonitorState`, from the checks of this region alone."""

    __tablename__ = "monitor_region_states"
    __table_args__ = (
        organization_key("monitor_id", "monitors", ondelete="CASCADE"),
        {"postgresql_with": {"fillfactor": 60}},
    )

    monitor_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    region_id: Mapped[int] = mapped_column(
        SmallInteger, ForeignKey("regions.id"), primary_key=True, autoincrement=False
    )
    organization_id: Mapped[int] = mapped_column(ForeignKey("organizations.id", ondelete="CASCADE"))
    state: Mapped[State] = mapped_column(text_enum(State, "state"), default=State.PENDING)
    since: Mapped[datetime]
    last_slot: Mapped[int] = mapped_column(default=0)
    recent: Mapped[int] = mapped_column(SmallInteger, default=0)
    successes: Mapped[int] = mapped_column(SmallInteger, default=0)
    run_started: Mapped[int] = mapped_column(default=0)
    incident_open: Mapped[bool] = mapped_column(default=False)
    incident_degraded: Mapped[bool] = mapped_column(default=False)
    outage_since: Mapped[int] = mapped_column(default=0)
    failed_at: Mapped[float] = mapped_column(default=0.0, server_default="0")
    unknown_since: Mapped[int] = mapped_column(default=0, server_default="0")
