"""Carries out the plan of `domain.escalation.policy` for an incident in the outbox.

The caller has locked the state row of the monitor, as the recorder of check results does. A
suppressed incident notifies nobody. Recoveries and reduced severities are always sent.
"""

from datetime import datetime

from sqlalchemy.orm import Session

from domain.escalation.policy import Plan, Situation, plan
from domain.evaluation.state import Severity
from models import Incident, Monitor
from models.incident import Suppression
from models.incident_note import NoteKind
from models.session import of_whole_organization
from services.alerting import messages as alerting_messages
from services.alerting import notification_targets, suppression
from services.alerting.suppression import Suppressed
from services.escalation import domain_policies
from services.escalation import progress as escalation_progress
from services.incidents import timeline as incident_timeline


@of_whole_organization
def opened(session: Session, incident: Incident, *, now: datetime) -> None:
    """Notify the first recipients of a new incident.

    If the severity rose, escalation starts again, and those notified of the milder incident are
    notified too. If it fell, the incident continues the previous one: those who were notified
    receive the new severity at once, and an acknowledgement remains valid.
    """
    before = _followed(session, incident)
    if before is not None:
        _rest(before)
        if incident.severity is Severity.DEGRADED:
            _go_on_as(incident, before)
            if before.notified_at is not None:
                alerting_messages.notify_again(session, incident, now=now)
    proceed(session, incident, now=now)


@of_whole_organization
def closed(session: Session, incident: Incident, *, now: datetime) -> None:
    """Send the recovery to those who were or will be notified."""
    _rest(incident)
    alerting_messages.notify_resolved(session, incident, now=now)


@of_whole_organization
def proceed(session: Session, incident: Incident, *, now: datetime) -> None:
    """Do what is due now for an open incident. Safe to repeat."""
    taken = incident.acknowledged_at is not None
    suppressed = None if taken else suppression.of(session, incident, now=now)
    _note_suppression(session, incident, suppressed, now=now)
    monitor = session.get_one(Monitor, incident.monitor_id)
    policy = domain_policies.of_monitor(session, monitor)
    targets = (
        notification_targets.NotificationTargets()
        if suppressed
        else notification_targets.of(session, incident, monitor, now=now)
    )
    situation = Situation(
        is_over=incident.ended_at is not None,
        is_acknowledged=taken,
        is_suppressed=suppressed is not None,
        suppressed_until=suppressed.until if suppressed else None,
        asleep=targets.asleep(len(policy.waits)),
    )
    planned = plan(policy, escalation_progress.of(incident), situation, now)
    alerting_messages.execute(session, incident, planned, targets, now=now)
    _save(incident, planned, now=now)
    session.flush()


def _followed(session: Session, incident: Incident) -> Incident | None:
    if incident.follows_id is None:
        return None
    return session.get_one(Incident, incident.follows_id)


def _rest(incident: Incident) -> None:
    """Remove a closed incident from the sweep."""
    incident.next_at = incident.suppressed_by = None


def _go_on_as(incident: Incident, before: Incident) -> None:
    """Continue the escalation and the acknowledgement of the previous incident."""
    for name in (
        "notified_at",
        "step",
        "step_at",
        "repetition",
        "reminders",
        "reminder_at",
        "acknowledged_at",
        "acknowledged_by",
        "snoozed_until",
    ):
        setattr(incident, name, getattr(before, name))


def _note_suppression(
    session: Session, incident: Incident, suppressed: Suppressed | None, *, now: datetime
) -> None:
    by = suppressed.by if suppressed else None
    if by is incident.suppressed_by:
        return
    if suppressed is None:
        if incident.acknowledged_at is None:
            incident_timeline.write(session, incident, NoteKind.RELEASED, now=now)
    else:
        # For a window this is its end. For others it is only when to look again, so it is left out.
        ends_at = suppressed.until if by is Suppression.MAINTENANCE else None
        until = ends_at and ends_at.isoformat()
        facts = {"by": suppressed.by.value, "until": until}
        incident_timeline.write(session, incident, NoteKind.SUPPRESSED, now=now, facts=facts)
    incident.suppressed_by = by


def _save(incident: Incident, planned: Plan, *, now: datetime) -> None:
    if planned.progress.begun and incident.notified_at is None:
        incident.notified_at = now
    escalation_progress.save(incident, planned.progress)
    incident.next_at = planned.next_at
