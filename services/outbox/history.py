"""The deliveries of an organization, each with the public ids of its subjects."""

import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.orm import Session, aliased

from domain.alerting.alert import AlertEvent
from models import Channel, Contact, Delivery, DeliveryAttempt, Incident, Monitor
from models.delivery import DeliveryState
from services import pagination
from services.errors import NotFound

_NEWEST_FIRST = pagination.Order(
    scope="deliveries", columns=(Delivery.created_at, Delivery.public_id), is_descending=True
)
_Leader = aliased(Delivery)


@dataclass(frozen=True, slots=True)
class DeliveryView:
    """A delivery with the public ids of its subjects; `answers` only if a single one is requested.

    `digest_id` is the delivery that this one was sent with.
    """

    delivery: Delivery
    incident_id: uuid.UUID | None = None
    monitor_id: uuid.UUID | None = None
    channel_id: uuid.UUID | None = None
    digest_id: uuid.UUID | None = None
    answers: Sequence[DeliveryAttempt] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryFilter:
    """Deliveries written in [start, end), with any of the given states, events and kinds."""

    states: Sequence[DeliveryState] = ()
    events: Sequence[AlertEvent] = ()
    kinds: Sequence[str] = ()
    contact_id: uuid.UUID | None = None
    monitor_id: uuid.UUID | None = None
    incident_id: uuid.UUID | None = None
    channel_id: uuid.UUID | None = None
    start: datetime | None = None
    end: datetime | None = None


def page(
    session: Session, organization_id: int, wanted: DeliveryFilter, request: pagination.PageRequest
) -> pagination.Page[DeliveryView]:
    """List deliveries, newest first. Raise `NotFound` if a filter names an unknown id."""
    query = _views(organization_id).where(*_conditions(session, organization_id, wanted))
    rows = pagination.read_rows(session, query, _NEWEST_FIRST, request)
    return rows.each(lambda row: DeliveryView(*row))


def find(session: Session, organization_id: int, delivery_id: uuid.UUID) -> DeliveryView:
    """Return a delivery with every attempt to send it, oldest first.

    Raise `NotFound` if there is none.
    """
    row = session.execute(
        _views(organization_id)
        .where(Delivery.public_id == delivery_id)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if row is None:
        raise NotFound("delivery")
    (view,) = with_answers(session, organization_id, [DeliveryView(*row)])
    return view


def of_incident(
    session: Session, incident: Incident, *, most: int | None = None
) -> list[DeliveryView]:
    """Return the deliveries about an incident, oldest first; with `most`, only the latest."""
    rows = session.execute(
        _views(incident.organization_id)
        .where(Delivery.incident_id == incident.id)
        .order_by(Delivery.id.desc())
        .limit(most)
    ).all()
    return [DeliveryView(*row) for row in reversed(rows)]


def with_answers(
    session: Session, organization_id: int, found: Sequence[DeliveryView]
) -> list[DeliveryView]:
    """Add every attempt to send each of these, with one query."""
    answers: dict[int, list[DeliveryAttempt]] = defaultdict(list)
    for attempt in session.scalars(
        select(DeliveryAttempt)
        .where(
            DeliveryAttempt.organization_id == organization_id,
            DeliveryAttempt.delivery_id.in_([view.delivery.id for view in found]),
        )
        .order_by(DeliveryAttempt.delivery_id, DeliveryAttempt.attempt)
    ):
        answers[attempt.delivery_id].append(attempt)
    return [replace(view, answers=answers[view.delivery.id]) for view in found]


def _views(
    organization_id: int,
) -> Select[Delivery, uuid.UUID, uuid.UUID, uuid.UUID, uuid.UUID]:
    return (
        select(
            Delivery, Incident.public_id, Monitor.public_id, Channel.public_id, _Leader.public_id
        )
        .outerjoin(Incident, Incident.id == Delivery.incident_id)
        .outerjoin(Monitor, Monitor.id == Delivery.monitor_id)
        .outerjoin(Channel, Channel.id == Delivery.channel_id)
        .outerjoin(_Leader, _Leader.id == Delivery.digest_id)
        .where(Delivery.organization_id == organization_id)
    )


def _conditions(
    session: Session, organization_id: int, wanted: DeliveryFilter
) -> Iterable[ColumnElement[bool]]:
    if wanted.states:
        yield Delivery.state.in_(wanted.states)
    if wanted.events:
        # A digest has the event of the delivery that leads it.
        of_event = Delivery.event.in_(wanted.events)
        is_wanted = AlertEvent.DIGEST in wanted.events
        yield or_(of_event, Delivery.is_digest) if is_wanted else of_event
    if wanted.kinds:
        yield Delivery.kind.in_(wanted.kinds)
    if wanted.start is not None:
        yield Delivery.created_at >= wanted.start
    if wanted.end is not None:
        yield Delivery.created_at < wanted.end
    yield from _subjects(session, organization_id, wanted)


def _subjects(
    session: Session, organization_id: int, wanted: DeliveryFilter
) -> Iterable[ColumnElement[bool]]:
    for noun, model, column, public_id in (
        ("monitor", Monitor, Delivery.monitor_id, wanted.monitor_id),
        ("incident", Incident, Delivery.incident_id, wanted.incident_id),
        ("channel", Channel, Delivery.channel_id, wanted.channel_id),
    ):
        if public_id is not None:
            yield column == _key(session, organization_id, noun, model, public_id)
    if wanted.contact_id is not None:
        contact = _key(session, organization_id, "contact", Contact, wanted.contact_id)
        yield Delivery.channel_id.in_(select(Channel.id).where(Channel.contact_id == contact))


def _key(
    session: Session,
    organization_id: int,
    noun: str,
    model: type[Monitor] | type[Incident] | type[Channel] | type[Contact],
    public_id: uuid.UUID,
) -> int:
    key = session.scalars(
        select(model.id).where(
            model.organization_id == organization_id, model.public_id == public_id
        )
    ).one_or_none()
    if key is None:
        raise NotFound(noun)
    return key
