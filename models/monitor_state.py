"""The current state of a monitor: one narrow row, updated with each check."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, SmallInteger, text
from sqlalchemy.orm import Mapped, mapped_column

from domain.evaluation.state import State, Status
from models.base import Base, text_enum
from models.keys import organization_key


class MonitorState(Base):
    """No index covers what each check changes, and pages have free space, so updates are HOT."""

    __tablename__ = "monitor_states"
    __table_args__ = (
        organization_key("monitor_id", "monitors", ondelete="CASCADE"),
        # For lists by state. Few checks change the state.
        Index("ix_monitor_states_organization_id_state", "organization_id", "state", "monitor_id"),
        # For the sweep of flapping monitors, every two seconds. They are few of many.
        Index(
            "ix_monitor_states_flapping",
            "monitor_id",
            postgresql_where=text("flapping_since IS NOT NULL"),
        ),
        {
            "postgresql_with": {
                "fillfactor": 60,
                "autovacuum_vacuum_scale_factor": 0.02,
                "autovacuum_vacuum_cost_delay": 0,
            }
        },
    )

    monitor_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organizations.id", ondelete="CASCADE"))
    state: Mapped[State] = mapped_column(text_enum(State, "state"), default=State.PENDING)
    since: Mapped[datetime]
    last_slot: Mapped[int] = mapped_column(default=0)
    recent: Mapped[int] = mapped_column(SmallInteger, default=0)
    successes: Mapped[int] = mapped_column(SmallInteger, default=0)
    run_started: Mapped[int] = mapped_column(default=0)
    incident_open: Mapped[bool] = mapped_column(default=False)
    incident_degraded: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    flapping_since: Mapped[datetime | None]
    failed_at: Mapped[float] = mapped_column(default=0.0, server_default="0")
    unknown_since: Mapped[int] = mapped_column(default=0, server_default="0")
    blind_until: Mapped[int] = mapped_column(default=0, server_default="0")
    """The end of the last blind span, in unix seconds. A later row touches no blind span."""

    def status(self) -> Status:
        return Status(
            state=self.state,
            last_slot=self.last_slot,
            recent=self.recent,
            successes=self.successes,
            run_started=self.run_started,
            incident_open=self.incident_open,
            incident_degraded=self.incident_degraded,
            failed_at=self.failed_at,
            unknown_since=self.unknown_since,
        )
