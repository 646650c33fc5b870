"""Quiet hours of contacts: until when a contact is not disturbed, depending on the severity."""

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
    """Return the end of the contact's current quiet hours, unless the severity disturbs anyway."""
    if contact.quiet_from is None or contact.quiet_until is None:
        return None
    if contact.quiet_except in {severity, Severity.DEGRADED}:
        return None
    try:
        zone = ZoneInfo(contact.time_zone)
    except (ZoneInfoNotFoundError, ValueError):
        # An unknown time zone silences nobody.
        return None
    return quiet_until(now, begin=contact.quiet_from, end=contact.quiet_until, zone=zone)


def after_quiet_hours(
    session: Session, incident: Incident, recipients: Collection[Destination], *, now: datetime
) -> list[Destination]:
    """Delay each recipient until the end of the quiet hours of its contact."""
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
    """Return the recipients without quiet hours now, for messages that may skip the others."""
    return [each for each in recipients if each.not_before is None]
