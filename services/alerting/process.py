"""Whom an incident is told to, and when: what `domain.escalation.policy` plans, carried out in the outbox.

Whoever calls this has locked the state row of the monitor, as those do who record check results.
Nothing is told while an incident is held. What is owed, the end and that it eased, is always told.
"""

from datetime import datetime

from sqlalchemy.orm import Session

from domain.escalation.policy import Plan, Situation, plan
from domain.evaluation.state import Severity
from models import Incident, Monitor
from models.incident import Suppression
from models.incident_note import NoteKind
from services.alerting import messages as alerting_messages
from services.alerting import notification_targets, suppression
from services.alerting.suppression import Suppressed
from services.escalation import progress as escalation_progress
from services.escalation import rules as escalation_rules
from services.incidents import timeline as incident_timeline


def opened(session: Session, incident: Incident, *, now: datetime) -> None:
    """Tell of a new incident who is to be told first.

    One that worsened is told anew, also to all who know of the milder one. One that eased is the
    same trouble: those who know are told at once, and who takes care of it still does.
    """
    before = _followed(session, incident)
    if before is not None:
        _rest(before)
        if incident.severity is Severity.DEGRADED:
            _go_on_as(incident, before)
            if before.notified_at is not None:
                alerting_messages.notify_again(session, incident, now=now)
    proceed(session, incident, now=now)


def closed(session: Session, incident: Incident, *, now: datetime) -> None:
    """Tell who was told, or still will be, that it is over."""
    _rest(incident)
    alerting_messages.notify_resolved(session, incident, now=now)


def proceed(session: Session, incident: Incident, *, now: datetime) -> None:
    """Do what is due for an open incident now. Safe to repeat."""
    taken = incident.acknowledged_at is not None
    held = None if taken else suppression.of(session, incident, now=now)
    _note_suppression(session, incident, held, now=now)
    monitor = session.get_one(Monitor, incident.monitor_id)
    policy = escalation_rules.of(session, monitor)
    targets = (
        notification_targets.NotificationTargets()
        if held
        else notification_targets.of(session, incident, monitor, now=now)
    )
    situation = Situation(
        is_over=incident.ended_at is not None,
        is_acknowledged=taken,
        is_held=held is not None,
        suppressed_until=held.until if held else None,
        asleep=targets.asleep(len(policy.waits)),
    )
    planned = plan(policy, escalation_progress.of(incident), situation, now)
    alerting_messages.carry_out(session, incident, planned, targets, now=now)
    _save(incident, planned, now=now)
    session.flush()


def _followed(session: Session, incident: Incident) -> Incident | None:
    if incident.follows_id is None:
        return None
    return session.get_one(Incident, incident.follows_id)


def _rest(incident: Incident) -> None:
    """Let nobody look at an incident any more: it is over."""
    incident.next_at = incident.suppressed_by = None


def _go_on_as(incident: Incident, before: Incident) -> None:
    """Go on where the telling of the incident before is, and with who takes care of it."""
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
    session: Session, incident: Incident, held: Suppressed | None, *, now: datetime
) -> None:
    by = held.by if held else None
    if by is incident.suppressed_by:
        return
    if held is None:
        if incident.acknowledged_at is None:
            incident_timeline.write(session, incident, NoteKind.RELEASED, now=now)
    else:
        # Of a window that is its end; of others only when to look again, which says nothing.
        ends_at = held.until if by is Suppression.MAINTENANCE else None
        until = ends_at and ends_at.isoformat()
        facts = {"by": held.by.value, "until": until}
        incident_timeline.write(session, incident, NoteKind.SUPPRESSED, now=now, facts=facts)
    incident.suppressed_by = by


def _save(incident: Incident, planned: Plan, *, now: datetime) -> None:
    if planned.progress.begun and incident.notified_at is None:
        incident.notified_at = now
    escalation_progress.save(incident, planned.progress)
    incident.next_at = planned.next_at
