"""A heartbeat with people to tell, and time that passes for it."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.evaluation.heartbeat import Signal
from models import CheckResult, Heartbeat, Incident, Monitor, MonitorState, PingReceiverSpan
from services.heartbeats import pings
from services.heartbeats import sweep as heartbeat_sweep
from services.heartbeats import tokens as ping_tokens
from services.heartbeats.pings import Message
from tests.factories import monitors as make
from tests.factories.keys import RING
from tests.factories.organizations import organization
from tests.services.outage import EMAIL, notify
from tests.services.woken import woken_by

T = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
HOURLY = {"period_seconds": 3600, "grace_seconds": 600}


def at(minutes: float) -> datetime:
    return T + timedelta(minutes=minutes)


def slot(minutes: float) -> int:
    return int(at(minutes).timestamp())


def heartbeat(session: Session, **values: Any) -> Monitor:  # noqa: ANN401
    """Make a heartbeat that is expected each hour with ten minutes of grace, unless told otherwise."""
    given = {"kind": "heartbeat", "url": None, "settings": HOURLY, **values}
    monitor = make.monitor(session, organization(session).id, now=at(-1), **given)
    notify(session, monitor, EMAIL)
    return monitor


def known(session: Session, monitor: Monitor) -> Heartbeat:
    session.flush()
    session.expire_all()
    return session.get_one(Heartbeat, monitor.id)


def ping(
    session: Session,
    monitor: Monitor,
    minutes: float,
    signal: Signal = Signal.SUCCESS,
    **values: Any,  # noqa: ANN401
) -> bool:
    message = Message(signal=signal, **values)
    return pings.receive(session, token_of(session, monitor), message, now=at(minutes))


def token_of(session: Session, monitor: Monitor) -> str:
    beat = session.get_one(Heartbeat, monitor.id)
    return ping_tokens.opened(session, [beat], ring=RING)[monitor.id]


def listen(session: Session, start: float, end: float) -> None:
    session.add(PingReceiverSpan(began_at=at(start), until_at=at(end)))
    session.flush()


def sweep(session: Session, minutes: float) -> list[int]:
    return woken_by(session, heartbeat_sweep.sweep, now=at(minutes))


def state_of(session: Session, monitor: Monitor) -> MonitorState:
    session.flush()
    session.expire_all()
    return session.get_one(MonitorState, monitor.id)


def incidents_of(session: Session, monitor: Monitor) -> list[Incident]:
    session.flush()
    session.expire_all()
    query = select(Incident).where(Incident.monitor_id == monitor.id).order_by(Incident.id)
    return list(session.scalars(query))


def results_of(session: Session, monitor: Monitor) -> list[tuple[int, str, str]]:
    session.flush()
    session.expire_all()
    query = select(CheckResult).where(CheckResult.monitor_id == monitor.id)
    rows = session.scalars(query.order_by(CheckResult.slot))
    return [(row.slot, row.outcome.value, row.cause.word) for row in rows]
