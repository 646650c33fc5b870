"""The recipients of messages about a monitor itself: those whom an outage notifies first."""

from datetime import datetime

from sqlalchemy.orm import Session

from domain.evaluation.state import Severity
from models import Monitor
from services.alerting import notification_targets
from services.outbox.recipients import Destination


def recipients(
    session: Session, monitor: Monitor, severity: Severity, *, now: datetime
) -> list[Destination]:
    """Return the channels of its groups and of the first step of its policy that reaches somebody.

    Contacts whose quiet hours hold back this severity are notified after them.
    """
    everybody = notification_targets.of_monitor(session, monitor, severity, now=now)
    return notification_targets.recipients(everybody.first())
