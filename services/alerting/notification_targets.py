"""The contacts to notify of an incident: of the monitor's groups and of its policy's steps."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from operator import itemgetter

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.evaluation.state import Severity
from models import Channel, Contact, Incident, Monitor
from models.session import of_whole_organization
from services.contacts import quiet_hours
from services.escalation import contacts as escalation_contacts
from services.escalation.contacts import StepContacts
from services.escalation.targets import FALLBACK
from services.outbox import recipients as outbox_recipients
from services.outbox.recipients import Destination


@dataclass(frozen=True, slots=True)
class TargetContact:
    """A contact with usable channels; `quiet_until` is the end of its quiet hours, if any."""

    id: int
    name: str
    quiet_until: datetime | None
    channels: Sequence[Destination]


@dataclass(frozen=True, slots=True, kw_only=True)
class NotificationTargets:
    """The contacts to notify at once, by each step, and as `fallback` if a step reaches nobody.

    `on_duty` are those among them that an on-call schedule named. They count only while on duty.
    """

    at_once: Sequence[TargetContact] = ()
    steps: Mapping[int, Sequence[TargetContact]] = field(default_factory=dict)
    fallback: Sequence[TargetContact] = ()
    on_duty: frozenset[int] = frozenset()

    def of_step(self, position: int) -> Sequence[TargetContact]:
        return self.steps.get(position) or self.fallback

    def first(self) -> list[TargetContact]:
        """Return the contacts notified at once and by the first step that reaches somebody."""
        reached = (self.steps[position] for position in sorted(self.steps))
        return [*self.at_once, *(self.of_step(0) or next(filter(None, reached), ()))]

    def asleep(self, count: int) -> frozenset[int]:
        """Return which of the first `count` steps would reach only contacts in quiet hours."""
        return frozenset(
            position
            for position in range(count)
            if all(person.quiet_until is not None for person in self.of_step(position))
        )


@of_whole_organization
def of(
    session: Session, incident: Incident, monitor: Monitor, *, now: datetime
) -> NotificationTargets:
    """Return the contacts that can be reached now."""
    return of_monitor(session, monitor, incident.severity, now=now)


@of_whole_organization
def of_monitor(
    session: Session, monitor: Monitor, severity: Severity, *, now: datetime
) -> NotificationTargets:
    """Return the contacts for a monitor without an incident.

    `severity` decides whose quiet hours apply.
    """
    at_once = outbox_recipients.contacts_of_groups(session, monitor)
    of_steps = escalation_contacts.of(session, monitor, now=now)
    return _of(session, monitor.organization_id, at_once, of_steps, severity, now=now)


@of_whole_organization
def of_contacts(
    session: Session,
    organization_id: int,
    contact_ids: Sequence[int],
    severity: Severity,
    *,
    now: datetime,
) -> NotificationTargets:
    """Return these contacts, as far as they can be reached, to be notified at once."""
    known = _reached(session, organization_id, severity, contact_ids, now=now)
    return NotificationTargets(at_once=_among(contact_ids, known))


@of_whole_organization
def of_policy(
    session: Session, organization_id: int, policy_key: int, severity: Severity, *, now: datetime
) -> NotificationTargets:
    """Return the contacts for a monitor that would have this policy and no groups."""
    of_steps = escalation_contacts.of_policy(session, organization_id, policy_key, now=now)
    return _of(session, organization_id, (), of_steps, severity, now=now)


def _of(
    session: Session,
    organization_id: int,
    at_once: Sequence[int],
    of_steps: StepContacts,
    severity: Severity,
    *,
    now: datetime,
) -> NotificationTargets:
    by_step = of_steps.by_position
    ids = {each for every in (at_once, *by_step.values()) for each in every}
    known = _reached(session, organization_id, severity, ids, now=now)
    return NotificationTargets(
        at_once=_among(at_once, known),
        fallback=_among(by_step.get(FALLBACK, ()), known),
        steps={
            position: _among(every, known)
            for position, every in by_step.items()
            if position is not None
        },
        on_duty=of_steps.on_duty,
    )


def recipients(people: Iterable[TargetContact]) -> list[Destination]:
    """Return the channels of these contacts, each not before the end of the quiet hours."""
    distinct = {person.id: person for person in people}.values()
    return [channel for person in distinct for channel in person.channels]


def _reached(
    session: Session,
    organization_id: int,
    severity: Severity,
    contact_ids: Collection[int],
    *,
    now: datetime,
) -> dict[int, TargetContact]:
    """Return the contacts that have a usable channel, by id."""
    rows = session.execute(
        select(Contact, Channel.kind, Channel.address, Channel.id)
        .join(Channel, Channel.contact_id == Contact.id)
        .where(
            Contact.organization_id == organization_id,
            Channel.organization_id == organization_id,
            Contact.id.in_(contact_ids),
            Channel.is_usable(),
        )
        .order_by(Contact.id, Channel.id)
    )
    return {
        contact.id: _person(contact, list(channels), severity, now=now)
        for contact, channels in groupby(rows, itemgetter(0))
    }


def _person(
    contact: Contact,
    channels: Iterable[tuple[Contact, str, str, int]],
    severity: Severity,
    *,
    now: datetime,
) -> TargetContact:
    quiet = quiet_hours.until(contact, severity, now=now)
    reached = [Destination(kind, address, key, quiet) for _, kind, address, key in channels]
    return TargetContact(contact.id, contact.name, quiet, reached)


def _among(contact_ids: Iterable[int], known: Mapping[int, TargetContact]) -> list[TargetContact]:
    return [known[each] for each in dict.fromkeys(contact_ids) if each in known]
