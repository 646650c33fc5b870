"""Record check results: rows, states, incidents and what is to be told, in one transaction."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from operator import attrgetter

from sqlalchemy import RowMapping, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from domain import heartbeat
from domain.slots import next_slot, phase_of, recheck_slot, shard_of
from domain.state import Advance, IncidentClosed, IncidentOpened, Policy, State, Status, advance
from models import Recheck
from services import outages, results
from services.results import Observed


@dataclass(frozen=True, slots=True)
class _Step:
    """One monitor's way through the results of a batch: before, after, and what happened."""

    monitor: RowMapping
    before: Status
    after: Status
    since: datetime
    last: Observed
    advances: list[tuple[Observed, Advance]]


def record(session: Session, observed: Iterable[Observed], *, now: datetime) -> list[int]:
    """Take check results into account; return the ids of the deliveries that this brought about.

    Safe to repeat, in any order and from any number of workers at once: a row is written once, and
    a result that is not newer than what the state has seen leaves the state alone.
    """
    fresh = results.distinct(observed)
    if not fresh:
        return []
    results.store(session, fresh)
    steps = [step for step in _walk(session, fresh) if step.after != step.before]
    _save(session, steps)
    _look_again(session, steps, now=now)
    return [
        delivery_id
        for step in steps
        for each, advanced in step.advances
        for delivery_id in _tell(session, step.monitor, each, advanced, now=now)
    ]


# Locked in the order of the ids, like everybody does, so that nobody waits in a circle.
_LOCK = text("""
    SELECT s.monitor_id, s.organization_id, s.state, s.since, s.last_slot, s.failures, s.successes,
        s.run_started, s.incident_open, m.version, m.confirmations, m.recoveries,
        m.recheck_seconds, m.interval_seconds, m.kind
    FROM monitor_states s JOIN monitors m ON m.id = s.monitor_id
    WHERE s.monitor_id = ANY(:ids) ORDER BY s.monitor_id FOR NO KEY UPDATE OF s
""")


def _walk(session: Session, observed: Sequence[Observed]) -> Iterable[_Step]:
    """Lead each monitor's state through its results, oldest first."""
    of = {
        monitor_id: list(each) for monitor_id, each in groupby(observed, attrgetter("monitor_id"))
    }
    for row in session.execute(_LOCK, {"ids": list(of)}).mappings():
        counted = [each for each in of[row["monitor_id"]] if each.version in {None, row["version"]}]
        if counted:
            yield _step(row, counted)


def _step(row: RowMapping, counted: list[Observed]) -> _Step:
    policy = Policy(confirmations=row["confirmations"], recoveries=row["recoveries"])
    status = before = _status(row)
    since = row["since"]
    advances = []
    for each in counted:
        advanced = advance(status, each.slot, each.result.outcome, policy)
        if advanced.status.state is not status.state:
            since = _changed_at(each, advanced)
        status = advanced.status
        advances.append((each, advanced))
    return _Step(row, before, status, since, counted[-1], advances)


def _status(row: RowMapping) -> Status:
    return Status(
        state=State(row["state"]),
        last_slot=row["last_slot"],
        failures=row["failures"],
        successes=row["successes"],
        run_started=row["run_started"],
        incident_open=row["incident_open"],
    )


def _changed_at(each: Observed, advanced: Advance) -> datetime:
    match advanced.change:
        case IncidentOpened(started):
            return _time(started)
        case IncidentClosed(ended):
            return _time(ended)
        case None:
            return _time(each.slot)


_SAVE = text("""
    UPDATE monitor_states s SET state = n.state, since = n.since, last_slot = n.last_slot,
        failures = n.failures, successes = n.successes, run_started = n.run_started,
        incident_open = n.incident_open
    FROM unnest(
        CAST(:monitor_id AS int[]), CAST(:state AS text[]), CAST(:since AS timestamptz[]),
        CAST(:last_slot AS int[]), CAST(:failures AS smallint[]), CAST(:successes AS smallint[]),
        CAST(:run_started AS int[]), CAST(:incident_open AS boolean[]))
        AS n (monitor_id, state, since, last_slot, failures, successes, run_started, incident_open)
    WHERE s.monitor_id = n.monitor_id
""")


def _save(session: Session, steps: Sequence[_Step]) -> None:
    if not steps:
        return
    session.execute(
        _SAVE,
        {
            "monitor_id": [step.monitor["monitor_id"] for step in steps],
            "state": [step.after.state.value for step in steps],
            "since": [step.since for step in steps],
            "last_slot": [step.after.last_slot for step in steps],
            "failures": [step.after.failures for step in steps],
            "successes": [step.after.successes for step in steps],
            "run_started": [step.after.run_started for step in steps],
            "incident_open": [step.after.incident_open for step in steps],
        },
    )


def _look_again(session: Session, steps: Sequence[_Step], *, now: datetime) -> None:
    """Note a recheck where the last result began or continued a run that is not confirmed yet.

    Nobody can look again at a heartbeat: its next result is that of the next run.
    """
    due = [
        {
            "monitor_id": step.monitor["monitor_id"],
            "slot": slot,
            "organization_id": step.monitor["organization_id"],
            "shard": shard_of(step.monitor["monitor_id"]),
        }
        for step in steps
        if step.monitor["kind"] != heartbeat.KIND
        and step.advances[-1][1].recheck
        and (slot := _recheck_slot(step, now)) is not None
    ]
    if due:
        session.execute(insert(Recheck).values(due).on_conflict_do_nothing())


def _recheck_slot(step: _Step, now: datetime) -> int | None:
    monitor_id, interval = step.monitor["monitor_id"], step.monitor["interval_seconds"]
    seconds = int(now.timestamp()) + 1
    return recheck_slot(
        slot=step.last.slot,
        wait=step.monitor["recheck_seconds"],
        now=seconds,
        next_regular=next_slot(phase_of(monitor_id, interval), interval, seconds - 1),
    )


def _tell(
    session: Session, monitor: RowMapping, each: Observed, advanced: Advance, *, now: datetime
) -> list[int]:
    match advanced.change:
        case IncidentOpened(started):
            return outages.open_incident(session, each, started_at=_time(started), now=now)
        case IncidentClosed(ended):
            return outages.close_incident(
                session, monitor["monitor_id"], ended_at=_time(ended), now=now
            )
        case None:
            return []


def _time(slot: int) -> datetime:
    return datetime.fromtimestamp(slot, UTC)
