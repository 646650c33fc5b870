"""Carries out a plan: writes the messages to the outbox and the entries to the timeline."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.alerting.alert import ACKNOWLEDGED_BY, OPENINGS, AlertEvent
from domain.escalation.policy import Plan
from models import Delivery, Incident
from models.incident import Resolution
from models.incident_note import NoteKind
from models.session import of_whole_organization
from services.alerting import notification_targets
from services.alerting import waits as alerting_waits
from services.alerting.notification_targets import NotificationTargets, TargetContact
from services.contacts import quiet_hours
from services.dependencies import dependencies
from services.incidents import timeline as incident_timeline
from services.outbox import deliveries
from services.outbox import recipients as outbox_recipients
from services.outbox.recipients import Destination


@of_whole_organization
def execute(
    session: Session,
    incident: Incident,
    planned: Plan,
    targets: NotificationTargets,
    *,
    now: datetime,
) -> None:
    """Notify the contacts of the plan.

    A contact that was not notified yet receives the opening. One that was notified receives a
    reminder.
    """
    if not (planned.begin or planned.steps or planned.remind or planned.admit):
        return
    before = _addresses_notified(session, incident) if incident.notified_at else set()
    wanted: list[Destination] = []
    if planned.begin:
        wanted += _notify_first(session, incident, targets, now=now)
    late = _not_notified(_added_contacts(targets, planned), before)
    if late:
        wanted += _notify(session, incident, late, {}, now=now)
    for repetition, position in planned.steps:
        step = {"step": position + 1, "repetition": repetition}
        wanted += _notify(session, incident, targets.of_step(position), step, now=now)
    if not (wanted or planned.remind):
        return
    facts = _facts(session, incident)
    deliveries.record_opening(session, incident, wanted, facts=facts, now=now)
    known = _reachable_after_quiet_hours(session, incident, now=now) if planned.remind else []
    again = [each for each in wanted + known if (each.kind, each.address) in before]
    waited = alerting_waits.end(session, incident, again, now=now) if again else set()
    again = [each for each in again if (each.kind, each.address) not in waited]
    if not planned.is_awaited:
        again = quiet_hours.awake(again)
    _remind(session, incident, again, facts, now=now)


@of_whole_organization
def notify_again(session: Session, incident: Incident, *, now: datetime) -> None:
    """Notify those who were notified of the preceding incident that it became this one."""
    wanted = _reachable_after_quiet_hours(session, incident, now=now)
    deliveries.record_opening(session, incident, wanted, now=now)


@of_whole_organization
def notify_resolved(session: Session, incident: Incident, *, now: datetime) -> None:
    """Send the recovery to exactly those who were or will be notified."""
    notify_resolved_to(session, incident, outbox_recipients.owed(session, incident), now=now)


@of_whole_organization
def notify_resolved_to(
    session: Session, incident: Incident, owed: Collection[Destination], *, now: datetime
) -> None:
    """Send the recovery to these recipients, each after its quiet hours."""
    deleted = incident.resolution is Resolution.MONITOR_DELETED
    _record(
        session,
        incident,
        AlertEvent.ENDED if deleted else AlertEvent.UP,
        quiet_hours.after_quiet_hours(session, incident, owed, now=now),
        now=now,
    )


@of_whole_organization
def notify_acknowledged(
    session: Session,
    incident: Incident,
    *,
    but: Iterable[tuple[str, str]],
    words: str,
    now: datetime,
) -> None:
    """Send the acknowledgement once to those who were notified, except the addresses `but`."""
    known = set(but)
    others = [
        each
        for each in quiet_hours.awake(_reachable_after_quiet_hours(session, incident, now=now))
        if (each.kind, each.address) not in known
    ]
    pairs = [[ACKNOWLEDGED_BY, incident.acknowledged_by or ""]]
    if words:
        pairs.append(["Note", words])
    _record(session, incident, AlertEvent.ACKNOWLEDGED, others, facts={"facts": pairs}, now=now)


def _notify_first(
    session: Session, incident: Incident, targets: NotificationTargets, *, now: datetime
) -> list[Destination]:
    """Return the first recipients: the monitor's groups, and those notified of a milder outage."""
    known = _reachable_after_quiet_hours(session, incident, now=now) if incident.follows_id else []
    if not targets.at_once and (known or targets.steps):
        return known
    return known + _notify(session, incident, targets.at_once, {}, now=now)


def _added_contacts(targets: NotificationTargets, planned: Plan) -> list[TargetContact]:
    """Return contacts who may be new: in the groups, or on duty since a step was taken.

    Without the latter, a handoff would leave the incident with a contact whose shift is over.
    """
    members = list(targets.at_once) if planned.admit else []
    if not planned.remind:
        return members
    steps = (targets.of_step(position) for position in planned.taken)
    return members + [each for people in steps for each in people if each.id in targets.on_duty]


def _not_notified(
    people: Iterable[TargetContact], notified: Collection[tuple[str, str]]
) -> list[TargetContact]:
    """Return the contacts with no notified channel, each once."""
    return [
        person
        for person in {each.id: each for each in people}.values()
        if not any((each.kind, each.address) in notified for each in person.channels)
    ]


def _notify(
    session: Session,
    incident: Incident,
    people: Iterable[TargetContact],
    step: dict[str, int],
    *,
    now: datetime,
) -> list[Destination]:
    """Return the channels of these contacts, and record the names in the timeline."""
    names = [person.name for person in people]
    kind = NoteKind.NOTIFIED if names else NoteKind.NOBODY
    facts: dict[str, Any] = {**step, "contacts": names}
    incident_timeline.write(session, incident, kind, facts=facts, now=now)
    return notification_targets.recipients(people)


def _remind(
    session: Session,
    incident: Incident,
    again: Collection[Destination],
    facts: dict[str, Any],
    *,
    now: datetime,
) -> None:
    if not again:
        return
    number = incident.reminders + 1
    incident.reminders = number
    notified = _record(
        session,
        incident,
        AlertEvent.REMINDER,
        again,
        facts={**facts, "number": number},
        now=now,
    )
    noted = {"number": number, "channels": len(notified)}
    incident_timeline.write(session, incident, NoteKind.REMINDED, facts=noted, now=now)


def _reachable_after_quiet_hours(
    session: Session, incident: Incident, *, now: datetime
) -> list[Destination]:
    """Return those notified of the outage whose channels are usable, each after its quiet hours."""
    reached = outbox_recipients.still_reached(session, incident)
    return quiet_hours.after_quiet_hours(session, incident, reached, now=now)


def _addresses_notified(session: Session, incident: Incident) -> set[tuple[str, str]]:
    rows = session.execute(
        select(Delivery.kind, Delivery.address).where(
            Delivery.incident_id == incident.id,
            Delivery.organization_id == incident.organization_id,
            Delivery.event.in_(OPENINGS),
        )
    )
    return {(kind, address) for kind, address in rows}


def _facts(session: Session, incident: Incident) -> dict[str, Any]:
    also_down = dependencies.suppressed(session, incident.monitor_id)
    return {"also_down": also_down} if also_down else {}


def _record(
    session: Session,
    incident: Incident,
    event: AlertEvent,
    recipients: Iterable[Destination],
    *,
    facts: dict[str, Any] | None = None,
    now: datetime,
) -> list[int]:
    number = (facts or {}).get("number")
    return deliveries.record(
        session,
        organization_id=incident.organization_id,
        dedup_key=f"incident/{incident.id}/{event}" + (f"/{number}" if number else ""),
        event=event,
        channels=recipients,
        incident=incident,
        facts=facts,
        now=now,
    )
