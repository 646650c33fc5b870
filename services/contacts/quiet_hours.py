"""Quiet hours of contacts: until when each of them is left alone, if an incident is not bad enough."""

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.alerting.quiet_hours import quiet_until
from domain.evaluation.state import Severity
from models import Channel, Contact, Incident
from services.outbox.recipients import Destination


def until(contact: Contact, severity: Severity, *, now: datetime) -> datetime | None:
    """Return when the quiet hours end that a contact has now, unless this disturbs even then."""
    if contact.quiet_from is None or contact.quiet_until is None:
        return None
    if contact.quiet_except in {severity, Severity.DEGRADED}:
        return None
    try:
        zone = ZoneInfo(contact.time_zone)
    except (ZoneInfoNotFoundError, ValueError):
        # A zone that this machine does not know silences nobody.
        return None
    return quiet_until(now, begin=contact.quiet_from, end=contact.quiet_until, zone=zone)


def considerate(
    session: Session, incident: Incident, recipients: Collection[Destination], *, now: datetime
) -> list[Destination]:
    """Let each of these wait for the end of the quiet hours of the contact that it belongs to."""
    ids = [each.channel_id for each in recipients if each.channel_id is not None]
    rows = session.execute(
        select(Channel.id, Contact)
        .join(Contact, Contact.id == Channel.contact_id)
        .where(Channel.id.in_(ids), Contact.quiet_from.is_not(None))
    )
    quiet = {channel_id: until(contact, incident.severity, now=now) for channel_id, contact in rows}
    return [
        replace(each, not_before=quiet.get(each.channel_id)) if each.channel_id else each
        for each in recipients
    ]


def awake(recipients: Iterable[Destination]) -> list[Destination]:
    """Leave out who is not to be disturbed: what may be said later or not at all."""
    return [each for each in recipients if each.not_before is None]
