"""What a state change needs of its monitor: the state, and the fields that decide about results."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.evaluation import heartbeat
from domain.evaluation.state import State, Status, Thresholds
from services.pg_arrays import array_of


class MonitorRow(NamedTuple):
    """A monitor and its state, in the order of the columns of `_READ`."""

    monitor_id: int
    organization_id: int
    state: str
    since: datetime
    last_slot: int
    recent: int
    successes: int
    run_started: int
    incident_open: bool
    incident_degraded: bool
    failed_at: float
    unknown_since: int
    version: int
    confirmations: int
    confirmation_window: int
    recoveries: int
    alert_on_degraded: bool
    quorum: int | None
    region_ids: list[int]
    recheck_seconds: int
    recheck_backoff: str
    interval_seconds: int
    kind: str

    @property
    def thresholds(self) -> Thresholds:
        is_checked = self.kind != heartbeat.KIND
        return Thresholds(
            confirmations=self.confirmations,
            recoveries=self.recoveries,
            window=self.confirmation_window,
            alert_on_degraded=self.alert_on_degraded,
            interval=self.interval_seconds if is_checked else 0,
            recheck=self.recheck_seconds if is_checked else 0,
        )

    @property
    def status(self) -> Status:
        return Status(
            state=State(self.state),
            last_slot=self.last_slot,
            recent=self.recent,
            successes=self.successes,
            run_started=self.run_started,
            incident_open=self.incident_open,
            incident_degraded=self.incident_degraded,
            failed_at=self.failed_at,
            unknown_since=self.unknown_since,
        )


# A statement that waited for a lock sees the new version of the locked row, but all other rows as
# of its start. The previous holder may have edited the monitor, so a second statement reads it.
_READ = text("""
    SELECT s.monitor_id, s.organization_id, s.state, s.since, s.last_slot, s.recent,
        s.successes, s.run_started, s.incident_open, s.incident_degraded, s.failed_at,
        s.unknown_since, m.version,
        m.confirmations, m.confirmation_window, m.recoveries, m.alert_on_degraded, m.quorum,
        m.region_ids, m.recheck_seconds, m.recheck_backoff, m.interval_seconds, m.kind
    FROM monitor_states s JOIN monitors m ON m.id = s.monitor_id
    WHERE s.monitor_id = ANY(CAST(:monitor_id AS int[])) ORDER BY s.monitor_id
""")


def read(session: Session, monitor_ids: Iterable[int]) -> list[MonitorRow]:
    """Read these monitors, whose states the transaction has locked, in the order of their ids."""
    rows = session.execute(_READ, {"monitor_id": array_of(monitor_ids)})
    return [MonitorRow._make(row) for row in rows]
