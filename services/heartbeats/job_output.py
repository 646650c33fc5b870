"""The output of a failed job: the evidence of its heartbeat, with secrets masked."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.evaluation.heartbeat import Signal
from models import Monitor, Ping
from probes import masking

LONGEST = 2000
"""The most characters that are kept. The end matters most: it is where an error message stands."""
_MOST_PINGS = 20


def of(session: Session, monitor: Monitor) -> str:
    """Return the end of what the job posted last since its last success; empty if it was nothing."""
    pings = session.execute(
        select(Ping.signal, Ping.body)
        .where(Ping.monitor_id == monitor.id, Ping.organization_id == monitor.organization_id)
        .order_by(Ping.id.desc())
        .limit(_MOST_PINGS)
    )
    for signal, body in pings:
        if signal is Signal.SUCCESS:
            break
        if body.strip():
            # Masked as a whole first: a secret that is cut in two would not be recognized.
            text = masking.masked(body, ()).strip()
            return text if len(text) <= LONGEST else f"…{text[1 - LONGEST :]}"
    return ""
