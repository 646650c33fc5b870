"""The progress of an incident through its escalation, stored with the incident."""

from domain.escalation.policy import Progress
from models import Incident


def of(incident: Incident) -> Progress:
    return Progress(
        begun=incident.notified_at is not None,
        step=incident.step,
        repetition=incident.repetition,
        step_at=incident.step_at,
        reminder_at=incident.reminder_at,
        snoozed_until=incident.snoozed_until,
    )


def save(incident: Incident, progress: Progress) -> None:
    """Store the progress, except its start."""
    incident.step = progress.step
    incident.repetition = progress.repetition
    incident.step_at = progress.step_at
    incident.reminder_at = progress.reminder_at
    incident.snoozed_until = progress.snoozed_until
