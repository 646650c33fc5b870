"""Heartbeats: their ping URLs, the expected pings, and the results that follow.

The caller holds the lock of the monitor's state row.
"""

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, load_only

from domain.evaluation.heartbeat import KIND, Expectation, slot_of
from models import Heartbeat, Monitor, MonitorState
from probes.base import ProbeResult
from security.ping_tokens import new_ping_token, ping_token_hash
from security.vault import KeyRing
from services.checks import record as check_record
from services.errors import Conflict
from services.evaluation.results import Observed
from services.heartbeats import tokens as ping_tokens
from services.heartbeats.settings import HeartbeatSettings
from services.heartbeats.tokens import Sealer
from services.schedules import schedules


def begin(
    session: Session, monitors: Iterable[Monitor], *, ring: KeyRing, now: datetime
) -> dict[int, Heartbeat]:
    """Create the heartbeats of new monitors of one organization, each with its ping URL.

    No ping is expected before the first one.
    """
    new = [monitor for monitor in monitors if monitor.kind == KIND]
    if not new:
        return {}
    seal = ping_tokens.sealer(session, new[0].organization_id, ring=ring, now=now)
    made = {monitor.id: _new(monitor, new_ping_token(), seal) for monitor in new}
    session.add_all(made.values())
    return made


def of(session: Session, monitors: Iterable[Monitor]) -> dict[int, Heartbeat]:
    """Return the heartbeats among monitors, by monitor id; without any, no query is made."""
    ids: Collection[int] = [monitor.id for monitor in monitors if monitor.kind == KIND]
    if not ids:
        return {}
    rows = session.scalars(select(Heartbeat).where(Heartbeat.monitor_id.in_(ids)))
    return {row.monitor_id: row for row in rows}


def settings_of(monitor: Monitor) -> HeartbeatSettings:
    return HeartbeatSettings.model_validate(monitor.settings)


def expectation(heartbeat: Heartbeat) -> Expectation | None:
    """Return the expected ping; None before the first one and during a pause."""
    if heartbeat.expected_at is None or heartbeat.deadline_at is None:
        return None
    return Expectation(heartbeat.expected_at, heartbeat.deadline_at)


def set_expectation(heartbeat: Heartbeat, expected: Expectation | None) -> None:
    heartbeat.expected_at = expected.expected_at if expected else None
    heartbeat.deadline_at = expected.deadline_at if expected else None


def expect_nothing(session: Session, monitor: Monitor) -> None:
    """Expect no ping until the next one arrives. Does nothing for other monitors."""
    for heartbeat in _expecting(session, monitor):
        set_expectation(heartbeat, None)


def restart_expectation(session: Session, monitor: Monitor, *, now: datetime) -> None:
    """Restart the deadline after a resume or a change of settings, unless no ping ever came."""
    for heartbeat in _expecting(session, monitor):
        if heartbeat.last_ping_at or heartbeat.started_at:
            set_expectation(heartbeat, settings_of(monitor).after(now))


def _expecting(session: Session, monitor: Monitor) -> Iterable[Heartbeat]:
    """Read what is expected, without the sealed URL: housekeeping may not read that."""
    if monitor.kind != KIND:
        return ()
    return session.scalars(
        select(Heartbeat)
        .where(Heartbeat.monitor_id == monitor.id)
        .options(
            load_only(
                Heartbeat.last_ping_at,
                Heartbeat.started_at,
                Heartbeat.expected_at,
                Heartbeat.deadline_at,
            )
        )
    ).all()


def book(
    session: Session,
    monitor: Monitor,
    state: MonitorState,
    moment: datetime,
    result: ProbeResult,
    *,
    now: datetime,
) -> None:
    """Record a result of this moment."""
    slot = slot_of(moment, state.last_slot)
    schedules.cover(session, monitor, from_slot=slot)
    session.flush()
    observed = Observed(
        organization_id=monitor.organization_id,
        monitor_id=monitor.id,
        region_id=monitor.region_ids[0],
        slot=slot,
        version=monitor.version,
        result=replace(result, detail=result.detail[:500]),
    )
    check_record.record(session, [observed], now=now)
    session.refresh(state)


def rotate_address(
    session: Session, monitor: Monitor, *, overlap: timedelta, ring: KeyRing, now: datetime
) -> None:
    """Create another ping URL for a heartbeat. The present one stays valid for `overlap`.

    An older one ends at once. Raise `Conflict` for a monitor that is no heartbeat.
    """
    if monitor.kind != KIND:
        raise Conflict("Only a heartbeat has a ping URL.")
    seal = ping_tokens.sealer(session, monitor.organization_id, ring=ring, now=now)
    heartbeat = session.get_one(Heartbeat, monitor.id, populate_existing=True)
    token = new_ping_token()
    is_kept = overlap > timedelta(0)
    heartbeat.previous_hash = heartbeat.token_hash if is_kept else None
    heartbeat.previous_until = now + overlap if is_kept else None
    heartbeat.token_hash = ping_token_hash(token)
    version = heartbeat.token_version + 1
    for name, value in seal.sealed(monitor.public_id, token, version=version).items():
        setattr(heartbeat, name, value)
    session.flush()


def has_address(heartbeat: Heartbeat, token_hash: bytes, *, now: datetime) -> bool:
    """Return whether the hash is of the current token, or of the previous one in its overlap."""
    if heartbeat.token_hash == token_hash:
        return True
    ends_at = heartbeat.previous_until
    return heartbeat.previous_hash == token_hash and ends_at is not None and ends_at > now


def moment_in_words(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def _new(monitor: Monitor, token: str, seal: Sealer) -> Heartbeat:
    return Heartbeat(
        monitor_id=monitor.id,
        organization_id=monitor.organization_id,
        token_hash=ping_token_hash(token),
        **seal.sealed(monitor.public_id, token),
    )
