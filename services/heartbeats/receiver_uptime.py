"""When the API could receive pings: recorded by each of its processes, read by the sweep."""

from datetime import datetime, timedelta

import structlog
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from domain.evaluation.heartbeat import TOLERATED_GAP, Listening
from models import PingReceiverSpan
from services import locks
from services.locks import Lock

_REMEMBERED = timedelta(days=400)

log = structlog.get_logger(__name__)


def note(session: Session, *, now: datetime) -> None:
    """Record that a request was just received; after a gap this begins a new span.

    If another process is recording, this does nothing: one record serves all.
    """
    if not locks.try_take(session, Lock.RECEIVER_UPTIME):
        return
    last = session.scalars(
        select(PingReceiverSpan).order_by(PingReceiverSpan.until_at.desc()).limit(1)
    ).one_or_none()
    if last is not None and now <= last.until_at + TOLERATED_GAP:
        last.until_at = max(last.until_at, now)
        return
    if last is not None:
        log.warning("ping_receiver_gap", since=last.until_at.isoformat(), until=now.isoformat())
    session.add(PingReceiverSpan(began_at=now, until_at=now))
    session.execute(delete(PingReceiverSpan).where(PingReceiverSpan.until_at < now - _REMEMBERED))


def known_until(session: Session, *, now: datetime) -> datetime:
    """Return until when it is known whether the API received pings.

    The time since the last record is undecided for `TOLERATED_GAP`.
    """
    last = session.scalar(select(func.max(PingReceiverSpan.until_at)))
    silent = now - TOLERATED_GAP
    return min(now, max(last or silent, silent))


def spans(session: Session, *, start: datetime, end: datetime) -> list[Listening]:
    """Return the spans that touch [start, end]."""
    rows = session.scalars(
        select(PingReceiverSpan).where(
            PingReceiverSpan.until_at >= start, PingReceiverSpan.began_at <= end
        )
    )
    return [Listening(row.began_at, row.until_at) for row in rows]
