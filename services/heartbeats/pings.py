"""Pings: received from jobs at the URL of their heartbeat, and logged."""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, or_, select
from sqlalchemy.orm import Session

from domain.evaluation.heartbeat import Signal, expect_end, run_duration
from domain.evaluation.outcome import Cause, Outcome
from models import Heartbeat, Monitor, MonitorState, Ping
from models.session import act_for
from probes.base import Evidence, ProbeResult
from security.ping_tokens import ping_token_hash
from services import pagination
from services.errors import NotFound
from services.heartbeats import heartbeats, job_output

KEPT = 100
"""The most pings of one heartbeat that are kept."""
PER_MINUTE = 30
"""The most pings of one heartbeat that are accepted within a minute."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """The content of one ping; `run_id` distinguishes runs that overlap."""

    signal: Signal
    exit_code: int | None = None
    run_id: uuid.UUID | None = None
    body: str = ""


@dataclass(frozen=True, slots=True)
class _Found:
    monitor: Monitor
    state: MonitorState
    heartbeat: Heartbeat


def receive(session: Session, token: str, message: Message, *, now: datetime) -> bool:
    """Record a ping; return False if there were too many. Raise `NotFound` for an unknown token.

    The token authorizes pings of this heartbeat for its organization, and nothing else.
    """
    found = _find_locked(session, token, now=now)
    if _too_many(session, found.monitor, now=now):
        return False
    duration = _duration(session, found, message, now=now)
    _write(session, found, message, duration, now=now)
    match message.signal:
        case Signal.START:
            _started(found, message, now=now)
        case Signal.SUCCESS | Signal.FAIL:
            _ended(session, found, message, duration, now=now)
        case Signal.LOG:
            pass
    return True


def page(
    session: Session, monitor: Monitor, request: pagination.PageRequest
) -> pagination.Page[Ping]:
    """List the last pings of a monitor, newest first."""
    query = select(Ping).where(
        Ping.monitor_id == monitor.id, Ping.organization_id == monitor.organization_id
    )
    if request.cursor is not None:
        (after,) = pagination.position("pings", request.cursor, uuid.UUID)
        anchor = select(Ping.id).where(Ping.monitor_id == monitor.id, Ping.public_id == after)
        query = query.where(Ping.id < anchor.scalar_subquery())
    rows = session.scalars(query.order_by(Ping.id.desc()).limit(request.limit + 1)).all()
    return pagination.cut(
        rows, request.limit, lambda ping: pagination.cursor("pings", ping.public_id)
    )


def _find_locked(session: Session, token: str, *, now: datetime) -> _Found:
    """Return a heartbeat, locked against the sweep and users until the commit."""
    wanted = ping_token_hash(token)
    organization_id = session.scalar(select(func.organization_of_heartbeat(wanted)))
    if organization_id is None:
        raise NotFound("heartbeat")
    act_for(session, organization_id)
    monitor_id = session.scalars(
        select(Heartbeat.monitor_id).where(
            or_(Heartbeat.token_hash == wanted, Heartbeat.previous_hash == wanted)
        )
    ).one_or_none()
    if monitor_id is None:
        raise NotFound("heartbeat")
    state = session.scalars(
        select(MonitorState)
        .where(MonitorState.monitor_id == monitor_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).one()
    # Read after locking: the previous holder of the lock may have changed or deleted it.
    monitor = session.get_one(Monitor, monitor_id, populate_existing=True)
    heartbeat = session.get_one(Heartbeat, monitor_id, populate_existing=True)
    if monitor.deleted_at is not None or not heartbeats.has_address(heartbeat, wanted, now=now):
        raise NotFound("heartbeat")
    return _Found(monitor, state, heartbeat)


def _too_many(session: Session, monitor: Monitor, *, now: datetime) -> bool:
    before = session.scalar(
        select(Ping.received_at)
        .where(Ping.monitor_id == monitor.id)
        .order_by(Ping.id.desc())
        .offset(PER_MINUTE - 1)
        .limit(1)
    )
    return before is not None and before > now - timedelta(minutes=1)


def _duration(
    session: Session, found: _Found, message: Message, *, now: datetime
) -> timedelta | None:
    """Return how long the run took that this ping ended, measured from its start ping."""
    if message.signal not in {Signal.SUCCESS, Signal.FAIL}:
        return None
    last = session.execute(
        select(Ping.signal, Ping.received_at)
        .where(
            Ping.monitor_id == found.monitor.id,
            Ping.signal != Signal.LOG,
            Ping.run_id.is_not_distinct_from(message.run_id),
        )
        .order_by(Ping.id.desc())
        .limit(1)
    ).one_or_none()
    started_at = last.received_at if last and last.signal is Signal.START else None
    return run_duration(started_at, now)


def _write(
    session: Session,
    found: _Found,
    message: Message,
    duration: timedelta | None,
    *,
    now: datetime,
) -> None:
    """Store the ping, and delete all but the last `KEPT`."""
    session.add(
        Ping(
            monitor_id=found.monitor.id,
            organization_id=found.monitor.organization_id,
            received_at=now,
            signal=message.signal,
            exit_code=message.exit_code,
            run_id=message.run_id,
            duration_ms=_milliseconds(duration),
            body=message.body,
        )
    )
    session.flush()
    oldest = (
        select(Ping.id)
        .where(Ping.monitor_id == found.monitor.id)
        .order_by(Ping.id.desc())
        .offset(KEPT)
        .limit(1)
    )
    session.execute(
        delete(Ping).where(
            Ping.monitor_id == found.monitor.id, Ping.id <= oldest.scalar_subquery()
        ),
        execution_options={"synchronize_session": False},
    )


def _started(found: _Found, message: Message, *, now: datetime) -> None:
    heartbeat = found.heartbeat
    heartbeat.started_at, heartbeat.run_id = now, message.run_id
    if not found.monitor.paused:
        grace = heartbeats.settings_of(found.monitor).grace
        current = heartbeats.expectation(heartbeat)
        heartbeats.set_expectation(heartbeat, expect_end(current, now, grace))


def _ended(
    session: Session,
    found: _Found,
    message: Message,
    duration: timedelta | None,
    *,
    now: datetime,
) -> None:
    heartbeat = found.heartbeat
    heartbeat.last_ping_at = now
    heartbeat.last_duration_ms = _milliseconds(duration)
    heartbeat.last_exit_code = message.exit_code
    if message.run_id == heartbeat.run_id:
        heartbeat.started_at = heartbeat.run_id = None
    if found.monitor.paused:
        return
    heartbeats.set_expectation(heartbeat, heartbeats.settings_of(found.monitor).after(now))
    verdict = _verdict(message, job_output.of(session, found.monitor))
    heartbeats.book(session, found.monitor, found.state, now, verdict, now=now)


def _verdict(message: Message, output: str) -> ProbeResult:
    """Return the result of a run; of a failed one the output is the evidence."""
    if message.signal is Signal.SUCCESS:
        return ProbeResult(outcome=Outcome.UP)
    if message.exit_code is None:
        detail = "The job reported that it failed."
    else:
        detail = f"The job ended with exit code {message.exit_code}."
    evidence = Evidence(body=output) if output else None
    return ProbeResult(outcome=Outcome.DOWN, cause=Cause.REPORTED, detail=detail, evidence=evidence)


def _milliseconds(duration: timedelta | None) -> int | None:
    return None if duration is None else round(duration.total_seconds() * 1000)
