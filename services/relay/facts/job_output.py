"""What the job behind a heartbeat posted before it was found to have failed."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.evaluation.heartbeat import Signal
from models import Incident, Monitor, Ping
from notifiers.one_line import one_line
from probes import masking

LONGEST = 300
"""The most characters of the output in a message."""
_MOST_PINGS = 20
_LONGEST_READ = 4000


def of(session: Session, monitor: Monitor, incident: Incident) -> str:
    """Return the end of the last output since the last success, on one line, with secrets masked.

    The end matters most: it is where an error message stands.
    """
    pings = session.execute(
        select(Ping.signal, Ping.body)
        .where(
            Ping.monitor_id == monitor.id,
            Ping.organization_id == monitor.organization_id,
            Ping.received_at <= incident.confirmed_at,
        )
        .order_by(Ping.id.desc())
        .limit(_MOST_PINGS)
    )
    for signal, body in pings:
        if signal is Signal.SUCCESS:
            break
        if body.strip():
            return _end_of(body)
    return ""


def _end_of(body: str) -> str:
    # Masked as a whole first: a secret that is cut in two would not be recognized.
    text = one_line(masking.masked(body[-_LONGEST_READ:], ()))
    if len(text) <= LONGEST:
        return text
    return f"...{text[-LONGEST:].partition(' ')[2] or text[-LONGEST:]}"
