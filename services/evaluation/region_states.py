"""The state of a monitor in each region, read and written under the lock of its state."""

from collections import defaultdict
from collections.abc import Collection, Mapping

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from domain.evaluation.quorum import RegionStatus
from domain.evaluation.state import State, Status
from models import Monitor, MonitorRegionState

RegionStatuses = Mapping[int, RegionStatus]
"""By region id."""


def of(session: Session, monitor_ids: Collection[int]) -> dict[int, RegionStatuses]:
    """Return the region states of those monitors that have several regions, with one query."""
    if not monitor_ids:
        return {}
    rows = session.execute(
        select(MonitorRegionState, Monitor.interval_seconds)
        .join(Monitor, Monitor.id == MonitorRegionState.monitor_id)
        .where(MonitorRegionState.monitor_id.in_(monitor_ids))
        .execution_options(populate_existing=True)
    )
    found: dict[int, dict[int, RegionStatus]] = defaultdict(dict)
    for row, interval in rows:
        good_until = _good_until(row, interval)
        found[row.monitor_id][row.region_id] = RegionStatus(
            _status(row), row.outage_since, good_until
        )
    return dict(found)


def states(region_statuses: RegionStatuses) -> dict[int, State]:
    """Return the state of each region."""
    return {region_id: each.status.state for region_id, each in region_statuses.items()}


def newly_down(before: RegionStatuses, after: RegionStatuses) -> list[int]:
    """Return the regions that see an outage now and did not before."""
    return [
        region_id
        for region_id, region_status in after.items()
        if region_status.status.incident_open and not before[region_id].status.incident_open
    ]


def _good_until(row: MonitorRegionState, interval: int) -> int:
    """Return the earliest possible time of the last good check of a region that is now unknown.

    Return 0 for any other region. Every slot has a row, so that check was at most one interval
    before the first unknown one.
    """
    if row.state is not State.UNKNOWN or row.incident_open or row.recent:
        return 0
    return int(row.since.timestamp()) - interval


def _status(row: MonitorRegionState) -> Status:
    return Status(
        state=row.state,
        last_slot=row.last_slot,
        recent=row.recent,
        successes=row.successes,
        run_started=row.run_started,
        incident_open=row.incident_open,
        incident_degraded=row.incident_degraded,
        failed_at=row.failed_at,
        unknown_since=row.unknown_since,
    )


# The outage in a region starts at the first failing check of its run, as for the monitor.
_SAVE = text("""
    UPDATE monitor_region_states s SET
        since = CASE WHEN s.state = n.state THEN s.since
            WHEN n.incident_open AND n.state <> 'unknown' THEN to_timestamp(n.outage_since)
            ELSE to_timestamp(n.last_slot) END,
        state = n.state, last_slot = n.last_slot, recent = n.recent, successes = n.successes,
        run_started = n.run_started, incident_open = n.incident_open,
        incident_degraded = n.incident_degraded, outage_since = n.outage_since,
        failed_at = n.failed_at, unknown_since = n.unknown_since
    FROM unnest(
        CAST(:monitor_id AS int[]), CAST(:region_id AS smallint[]), CAST(:state AS text[]),
        CAST(:last_slot AS int[]), CAST(:recent AS smallint[]), CAST(:successes AS smallint[]),
        CAST(:run_started AS int[]), CAST(:incident_open AS boolean[]),
        CAST(:incident_degraded AS boolean[]), CAST(:outage_since AS int[]),
        CAST(:failed_at AS float[]), CAST(:unknown_since AS int[]))
        AS n (monitor_id, region_id, state, last_slot, recent, successes, run_started,
            incident_open, incident_degraded, outage_since, failed_at, unknown_since)
    WHERE s.monitor_id = n.monitor_id AND s.region_id = n.region_id
""")


def save(session: Session, seen: Mapping[int, RegionStatuses]) -> None:
    """Write the region states of these monitors, by monitor id."""
    rows = [
        (monitor_id, region_id, region_status)
        for monitor_id, region_statuses in seen.items()
        for region_id, region_status in region_statuses.items()
    ]
    if not rows:
        return
    statuses = [region_status.status for _, _, region_status in rows]
    session.execute(
        _SAVE,
        {
            "monitor_id": [monitor_id for monitor_id, _, _ in rows],
            "region_id": [region_id for _, region_id, _ in rows],
            "state": [status.state.value for status in statuses],
            "last_slot": [status.last_slot for status in statuses],
            "recent": [status.recent for status in statuses],
            "successes": [status.successes for status in statuses],
            "run_started": [status.run_started for status in statuses],
            "incident_open": [status.incident_open for status in statuses],
            "incident_degraded": [status.incident_degraded for status in statuses],
            "outage_since": [region_status.outage_since for _, _, region_status in rows],
            "failed_at": [status.failed_at for status in statuses],
            "unknown_since": [status.unknown_since for status in statuses],
        },
    )
