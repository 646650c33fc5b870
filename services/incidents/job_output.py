"""What the job behind a heartbeat posted when it failed."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import CheckFailure, Incident, Monitor
from notifiers.one_line import one_line

LONGEST = 300
"""The most characters of the output in a message."""


def of(session: Session, monitor: Monitor, incident: Incident) -> str:
    """Return the end of the output that is the evidence of an incident, on one line.

    `services/heartbeats/job_output.py` has masked its secrets.
    """
    evidence = session.scalars(
        select(CheckFailure.evidence)
        .where(
            CheckFailure.monitor_id == monitor.id,
            CheckFailure.organization_id == monitor.organization_id,
            CheckFailure.slot >= int(incident.started_at.timestamp()),
            CheckFailure.slot <= int(incident.confirmed_at.timestamp()),
        )
        .order_by(CheckFailure.slot.desc())
        .limit(1)
    ).one_or_none()
    text = one_line(str((evidence or {}).get("body", "")))
    if len(text) <= LONGEST:
        return text
    return f"...{text[-LONGEST:].partition(' ')[2] or text[-LONGEST:]}"
