"""Applies results to the states of their monitors: reads, advances and writes them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import groupby
from operator import attrgetter

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.evaluation import quorum
from domain.evaluation.outcome import Outcome
from domain.evaluation.state import (
    Advance,
    IncidentClosed,
    IncidentOpened,
    State,
    Status,
    Thresholds,
    advance,
)
from services.evaluation import monitor_rows, outage_starts, region_states
from services.evaluation.monitor_rows import MonitorRow
from services.evaluation.region_states import RegionStatuses
from services.evaluation.results import Observed
from services.pg_arrays import array_of


@dataclass(frozen=True, slots=True)
class StateChange:
    """One monitor's way through the results of a batch: before, after, and the changes.

    `region_statuses` has the current state of each region, if there are several. `advisories` are
    the regions that see an outage since this batch, while the monitor has none. `is_shown` is
    whether a page shows what changed: a state, not how many checks it is based on.
    """

    monitor: MonitorRow
    before: Status
    after: Status
    since: datetime
    last: Observed
    advances: Sequence[tuple[Observed, Advance]]
    region_statuses: RegionStatuses = field(default_factory=dict)
    advisories: Sequence[int] = ()
    is_shown: bool = False


# Locked in the order of the ids, as everywhere, so that transactions cannot deadlock. Most monitors
# were up without an open run and still are. This statement settles them and returns only the ids of
# the others.
_LOCK = text("""
    WITH locked AS (
        SELECT s.monitor_id, s.state, s.last_slot, s.recent, s.successes, s.run_started,
            s.incident_open, s.blind_until, m.version, m.region_ids, n.good_slot, n.good_version,
            n.good_region
        FROM unnest(
            CAST(:monitor_id AS int[]), CAST(:good_slot AS int[]), CAST(:good_version AS int[]),
            CAST(:good_region AS smallint[]))
            AS n (monitor_id, good_slot, good_version, good_region)
        JOIN monitor_states s ON s.monitor_id = n.monitor_id
        JOIN monitors m ON m.id = s.monitor_id
        ORDER BY s.monitor_id FOR NO KEY UPDATE OF s
    ), settled AS (
        UPDATE monitor_states s SET last_slot = l.good_slot
        FROM locked l
        WHERE s.monitor_id = l.monitor_id AND l.good_slot > l.last_slot
            AND l.good_version = l.version AND l.region_ids = ARRAY[l.good_region]
            AND l.good_slot >= l.blind_until AND l.state = 'up' AND l.recent = 0 AND l.successes = 0 AND l.run_started = 0
            AND NOT l.incident_open
        RETURNING s.monitor_id
    )
    SELECT monitor_id, blind_until FROM locked
    WHERE monitor_id NOT IN (SELECT monitor_id FROM settled)
""")


@dataclass(frozen=True, slots=True)
class StateChanges:
    """The steps of the monitors that changed, or that have several regions.

    `blind_until` has the end of the last blind span of each monitor that was not settled.
    """

    steps: Sequence[StateChange] = ()
    blind_until: Mapping[int, int] = field(default_factory=dict)


def apply(session: Session, observed: Sequence[Observed]) -> StateChanges:
    """Apply the results to each monitor's state, oldest first; return those that changed.

    A result of an older version, or of a region that the monitor left, does not count. A monitor
    that was up and has one more good result is settled in the database, and is not returned.
    """
    of = {
        monitor_id: list(each) for monitor_id, each in groupby(observed, attrgetter("monitor_id"))
    }
    unsettled: dict[int, int] = dict(session.execute(_LOCK, _good(of)).all())
    if not unsettled:
        return StateChanges()
    rows = monitor_rows.read(session, unsettled)
    several = [row.monitor_id for row in rows if len(row.region_ids) > 1]
    region_statuses = region_states.of(session, several)
    steps = []
    for row in rows:
        counted = [each for each in of[row.monitor_id] if _counts(each, row)]
        if counted:
            steps.append(_step(session, row, counted, region_statuses.get(row.monitor_id)))
    moved = [step for step in steps if step.after != step.before or step.region_statuses]
    return StateChanges(moved, unsettled)


def _good(of: Mapping[int, Sequence[Observed]]) -> dict[str, str]:
    """Return the ids for `_LOCK`, and the good result where it is the only one; otherwise zeros."""
    good = [
        (each[0].slot, each[0].version or 0, each[0].region_id)
        if len(each) == 1 and each[0].result.outcome is Outcome.UP
        else (0, 0, 0)
        for each in of.values()
    ]
    return {
        "monitor_id": array_of(of),
        "good_slot": array_of(slot for slot, _, _ in good),
        "good_version": array_of(version for _, version, _ in good),
        "good_region": array_of(region_id for _, _, region_id in good),
    }


def save(session: Session, steps: Sequence[StateChange]) -> None:
    """Write the states after these steps, with one statement for any number of them."""
    if not steps:
        return
    region_states.save(session, {step.monitor.monitor_id: step.region_statuses for step in steps})
    session.execute(
        _SAVE,
        {
            "monitor_id": [step.monitor.monitor_id for step in steps],
            "state": [step.after.state.value for step in steps],
            "since": [step.since for step in steps],
            "last_slot": [step.after.last_slot for step in steps],
            "recent": [step.after.recent for step in steps],
            "successes": [step.after.successes for step in steps],
            "run_started": [step.after.run_started for step in steps],
            "incident_open": [step.after.incident_open for step in steps],
            "incident_degraded": [step.after.incident_degraded for step in steps],
            "failed_at": [step.after.failed_at for step in steps],
            "unknown_since": [step.after.unknown_since for step in steps],
        },
    )


_SAVE = text("""
    UPDATE monitor_states s SET state = n.state, since = n.since, last_slot = n.last_slot,
        recent = n.recent, successes = n.successes, run_started = n.run_started,
        incident_open = n.incident_open, incident_degraded = n.incident_degraded,
        failed_at = n.failed_at, unknown_since = n.unknown_since
    FROM unnest(
        CAST(:monitor_id AS int[]), CAST(:state AS text[]), CAST(:since AS timestamptz[]),
        CAST(:last_slot AS int[]), CAST(:recent AS smallint[]), CAST(:successes AS smallint[]),
        CAST(:run_started AS int[]), CAST(:incident_open AS boolean[]),
        CAST(:incident_degraded AS boolean[]), CAST(:failed_at AS float[]),
        CAST(:unknown_since AS int[]))
        AS n (monitor_id, state, since, last_slot, recent, successes, run_started,
            incident_open, incident_degraded, failed_at, unknown_since)
    WHERE s.monitor_id = n.monitor_id
""")


def _counts(each: Observed, row: MonitorRow) -> bool:
    return each.version in {None, row.version} and each.region_id in row.region_ids


def _step(
    session: Session,
    row: MonitorRow,
    counted: Sequence[Observed],
    region_statuses: RegionStatuses | None,
) -> StateChange:
    policy = row.thresholds
    status = before = row.status
    since = row.since
    seen = dict(region_statuses or {})
    advances = []
    for each in counted:
        if region_statuses is None:
            if _is_overtaken_failure(status, each, policy):
                outage_starts.move_back(session, each, policy)
            advanced = advance(status, each.slot, each.result.outcome, policy, began=each.began)
            advanced = outage_starts.of_run(session, advanced, each, policy)
        else:
            advanced = _examine(session, status, seen, each, row)
        if advanced.status.state is not status.state:
            since = _changed_at(each, advanced)
        status = advanced.status
        advances.append((each, advanced))
    regions = region_statuses or {}
    advisories = () if status.incident_open else region_states.newly_down(regions, seen)
    is_shown = (
        status.state is not before.state
        or any(advanced.change for _, advanced in advances)
        or region_states.states(regions) != region_states.states(seen)
    )
    return StateChange(
        row, before, status, since, counted[-1], advances, seen, advisories, is_shown
    )


def _is_overtaken_failure(status: Status, each: Observed, policy: Thresholds) -> bool:
    return (
        status.incident_open
        and each.slot < status.last_slot
        and outage_starts.is_failure(each.result.outcome, policy)
    )


def _examine(
    session: Session,
    status: Status,
    seen: dict[int, quorum.RegionStatus],
    each: Observed,
    row: MonitorRow,
) -> Advance:
    """Apply the result of one region, then decide what the regions see together."""
    if status.state is State.PAUSED or each.region_id not in seen:
        return Advance(status)
    policy, before = row.thresholds, seen[each.region_id]
    region_status, alone = quorum.decide(
        before, each.slot, each.result.outcome, policy, began=each.began
    )
    if region_status == before:
        return Advance(status)
    alone = outage_starts.of_run(session, alone, each, policy)
    if isinstance(alone.change, IncidentOpened):
        region_status = replace(region_status, outage_since=alone.change.started)
    seen[each.region_id] = region_status
    ended = alone.change.ended if isinstance(alone.change, IncidentClosed) else each.slot
    is_known = each.result.outcome is not Outcome.UNKNOWN
    region_statuses = list(seen.values())
    together = quorum.agree(status, region_statuses, row.quorum, ended, is_known=is_known)
    return Advance(together.status, together.change, recheck=alone.recheck)


def _changed_at(each: Observed, advanced: Advance) -> datetime:
    match advanced.change:
        case IncidentOpened(started):
            return moment(started)
        case IncidentClosed(ended):
            return moment(ended)
        case _:
            return moment(each.slot)


def moment(slot: int) -> datetime:
    return datetime.fromtimestamp(slot, UTC)
