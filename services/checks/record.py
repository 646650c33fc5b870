"""Records check results: rows, states, incidents and deliveries, in one transaction."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from domain.evaluation import heartbeat
from domain.evaluation.slots import next_slot, phase_of, recheck_due, recheck_wait
from domain.evaluation.state import Advance, IncidentClosed, IncidentOpened, SeverityChanged, State
from services.after_commit import hints
from services.archive.rows import late_rows as archive_late_rows
from services.archive.rows.hot import CHECKS
from services.checks import outages
from services.evaluation import blind_spans, results, state_changes
from services.evaluation.monitor_rows import MonitorRow
from services.evaluation.results import Observed
from services.evaluation.state_changes import StateChange, moment
from services.events import regions as region_events
from services.rollups import late_rows
from services.schedules import rechecks
from services.schedules.rechecks import Wanted
from services.warnings import expiries


def record(session: Session, observed: Iterable[Observed], *, now: datetime) -> None:
    """Record check results.

    Safe to repeat, in any order and from any number of workers at once. A row is written once, and
    a result that is not newer than the state leaves the state alone.
    """
    fresh = results.distinct(observed)
    if not fresh:
        return
    late = CHECKS.append(session, fresh)
    changes = state_changes.apply(session, fresh)
    steps = changes.steps
    # All code locks the rows of these tables after the states.
    rechecks.answered(session, fresh)
    blind_spans.note(session, fresh, changes.blind_until)
    if late.rows:
        late_rows.note(session, late.rows)
        archive_late_rows.note(session, late.rows, over=late.over)
    expiries.note(session, fresh, now=now)
    state_changes.save(session, steps)
    for step in steps:
        if step.is_shown:
            hints.note(session, step.monitor.organization_id, "monitors")
    _recheck(session, steps, now=now)
    for step in steps:
        for each, advanced in step.advances:
            _notify(session, step.monitor, each, advanced, now=now)
    region_events.down(session, steps, now=now)


def _recheck(session: Session, steps: Sequence[StateChange], *, now: datetime) -> None:
    """Request a recheck where the last result began or continued an unconfirmed run.

    A heartbeat has no recheck: its next result is that of the next run.
    """
    rechecks.ask(
        session,
        [
            Wanted(
                monitor_id=step.monitor.monitor_id,
                region_id=_other_region(step),
                organization_id=step.monitor.organization_id,
                due=due,
            )
            for step in steps
            if step.monitor.kind != heartbeat.KIND
            and step.advances[-1][1].recheck
            and (due := _recheck_due(step, now)) is not None
        ],
    )


def _other_region(step: StateChange) -> int:
    """Return another region for the recheck, if one can probe: its network path is independent."""
    regions = step.monitor.region_ids
    following = regions.index(step.last.region_id) + 1
    return next(
        (each for each in regions[following:] + regions[:following] if _can_probe(step, each)),
        step.last.region_id,
    )


def _can_probe(step: StateChange, region_id: int) -> bool:
    """Return whether a region is not known to be unknown; one without any state may probe."""
    region_status = step.region_statuses.get(region_id)
    return region_status is None or region_status.status.state is not State.UNKNOWN


def _recheck_due(step: StateChange, now: datetime) -> int | None:
    monitor_id, interval = step.monitor.monitor_id, step.monitor.interval_seconds
    seconds = int(now.timestamp()) + 1
    return recheck_due(
        began=step.last.began.latest,
        wait=recheck_wait(
            step.monitor.recheck_seconds, step.monitor.recheck_backoff, _run_length(step)
        ),
        now=seconds,
        next_regular=next_slot(phase_of(monitor_id, interval), interval, seconds - 1),
    )


def _run_length(step: StateChange) -> int:
    """Return the number of checks in the unconfirmed run, as seen by the region of the last one."""
    region_status = step.region_statuses.get(step.last.region_id)
    status = region_status.status if region_status else step.after
    return max(1, status.recent.bit_count(), status.successes)


def _notify(
    session: Session, monitor: MonitorRow, each: Observed, advanced: Advance, *, now: datetime
) -> None:
    monitor_id = monitor.monitor_id
    match advanced.change:
        case IncidentOpened(started, severity):
            outages.open_incident(session, each, severity, started_at=moment(started), now=now)
        case SeverityChanged(slot, severity):
            outages.change_severity(session, each, severity, changed_at=moment(slot), now=now)
        case IncidentClosed(ended):
            outages.close_incident(session, monitor_id, ended_at=moment(ended), now=now)
        case None:
            pass
