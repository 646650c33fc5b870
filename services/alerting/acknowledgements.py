"""Acknowledges and snoozes incidents, which stops escalation and reminders, and adds notes to them."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from domain.alerting import channel_kind
from models import Incident, IncidentNote, MonitorState, User
from models.incident_note import NoteKind
from services import quotas
from services.alerting import messages as alerting_messages
from services.alerting import process as alerting
from services.errors import Conflict, Invalid, NotFound
from services.events import incidents as incident_events
from services.incidents import timeline as incident_timeline

LONGEST_SNOOZE = timedelta(days=30)
LONGEST_NOTE = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """The person who acts, with an optional note. These addresses receive no message about it."""

    name: str
    note: str = ""
    addresses: frozenset[tuple[str, str]] = frozenset()


def member(session: Session, user_id: int, note: str = "") -> Actor:
    """Return a user as the actor, named by the login address, which is not notified."""
    email = session.get_one(User, user_id).email
    return Actor(name=email, note=note, addresses=frozenset({(channel_kind.EMAIL, email)}))


def acknowledge(
    session: Session,
    organization_id: int,
    incident_id: uuid.UUID,
    *,
    by: Actor,
    now: datetime,
) -> Incident:
    """Record who acknowledges and notify the others. A later acknowledgement changes nothing."""
    incident = _open(session, organization_id, incident_id)
    if incident.acknowledged_at is None:
        _acknowledge(session, incident, by=by, now=now)
    return incident


def unacknowledge(
    session: Session, organization_id: int, incident_id: uuid.UUID, *, by: Actor, now: datetime
) -> Incident:
    """Resume notifications that an acknowledgement or a snooze stopped."""
    incident = _open(session, organization_id, incident_id)
    if incident.acknowledged_at is None and incident.snoozed_until is None:
        return incident
    incident.acknowledged_at = incident.acknowledged_by = incident.snoozed_until = None
    _note(session, incident, NoteKind.UNACKNOWLEDGED, by=by.name, now=now)
    alerting.proceed(session, incident, now=now)
    return incident


def snooze(
    session: Session,
    organization_id: int,
    incident_id: uuid.UUID,
    *,
    by: Actor,
    until: datetime,
    now: datetime,
) -> Incident:
    """Notify nobody until a time; then remind the notified. This replaces an acknowledgement."""
    incident = _open(session, organization_id, incident_id)
    if not now < until <= now + LONGEST_SNOOZE:
        raise Invalid({"until": ["Must be in the future, at most 30 days ahead."]})
    incident.acknowledged_at = incident.acknowledged_by = None
    incident.snoozed_until = until
    _note(
        session,
        incident,
        NoteKind.SNOOZED,
        by=by.name,
        words=by.note,
        facts={"until": until.isoformat()},
        now=now,
    )
    alerting.proceed(session, incident, now=now)
    return incident


def annotate(
    session: Session, organization_id: int, incident_id: uuid.UUID, *, by: Actor, now: datetime
) -> None:
    """Add a note to the timeline of an incident, open or closed. Nobody is notified of it."""
    if not by.note.strip():
        raise Invalid({"note": [f"Must have between 1 and {LONGEST_NOTE} characters."]})
    incident = session.scalars(
        select(Incident).where(
            Incident.organization_id == organization_id, Incident.public_id == incident_id
        )
    ).one_or_none()
    if incident is None:
        raise NotFound("incident")
    _note(session, incident, NoteKind.NOTED, by=by.name, words=by.note, now=now)


def _acknowledge(session: Session, incident: Incident, *, by: Actor, now: datetime) -> None:
    incident.acknowledged_at, incident.acknowledged_by = now, by.name
    incident.snoozed_until = None
    _note(session, incident, NoteKind.ACKNOWLEDGED, by=by.name, words=by.note, now=now)
    alerting.proceed(session, incident, now=now)
    alerting_messages.notify_acknowledged(
        session, incident, but=by.addresses, words=by.note, now=now
    )
    incident_events.acknowledged(session, incident, now=now)


def _note(  # noqa: PLR0913 - one for each thing that an entry says
    session: Session,
    incident: Incident,
    kind: NoteKind,
    *,
    by: str,
    now: datetime,
    words: str = "",
    facts: Mapping[str, Any] | None = None,
) -> None:
    """Write a person's entry; their number per incident is limited by a quota."""
    if len(words) > LONGEST_NOTE:
        raise Invalid({"note": [f"May have at most {LONGEST_NOTE} characters."]})
    by_people = and_(IncidentNote.incident_id == incident.id, IncidentNote.by.is_not(None))
    quotas.take(session, incident.organization_id, "incident_notes", only=by_people)
    incident_timeline.write(session, incident, kind, by=by, words=words, facts=facts, now=now)


def _open(session: Session, organization_id: int, incident_id: uuid.UUID) -> Incident:
    """Lock an open incident against check results and other users until the commit."""
    mine = (Incident.organization_id == organization_id, Incident.public_id == incident_id)
    monitor_id = session.scalars(select(Incident.monitor_id).where(*mine)).one_or_none()
    if monitor_id is None:
        raise NotFound("incident")
    session.execute(
        select(MonitorState.monitor_id)
        .where(MonitorState.monitor_id == monitor_id)
        .with_for_update(key_share=True)
    )
    # Read after locking: the previous holder of the lock may have ended it.
    incident = session.scalars(
        select(Incident).where(*mine).execution_options(populate_existing=True)
    ).one()
    if incident.ended_at is not None:
        raise Conflict("This incident has ended.")
    return incident
