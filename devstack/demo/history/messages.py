"""The messages about the incidents of the demo: sent at once, but for one that nobody took."""

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from domain.alerting import channel_kind
from domain.alerting.alert import ACKNOWLEDGED_BY, AlertEvent
from domain.evaluation.state import Severity
from models import Channel, Contact, Delivery, DeliveryAttempt, Incident
from models.delivery import DeliveryState

_LASTS = {channel_kind.EMAIL: timedelta(seconds=0.6), channel_kind.SMS: timedelta(seconds=1.3)}
"""How long it took until a provider accepted a message."""
_REFUSAL = "Twilio answered 400: The destination carrier blocked the message."
_LOST = 5
"""The incident whose text message was refused, counted from the first."""


@dataclass(frozen=True, slots=True)
class Step:
    """Some people were notified at a moment; `number` is that of the step of the policy."""

    at: datetime
    people: Sequence[Contact]
    number: int | None = None


@dataclass(frozen=True, slots=True)
class Handled:
    """An incident, and the steps that were taken about it."""

    incident: Incident
    steps: Sequence[Step]
    note: str


def write(session: Session, handled: Sequence[Handled]) -> None:
    """Write the deliveries of each incident, and their attempts."""
    rows = [
        row
        for number, each in enumerate(handled, start=1)
        for row in _of_incident(each, is_refused=number == _LOST)
    ]
    session.add_all(rows)
    session.flush()
    session.add_all(_attempt(row) for row in rows if row.attempt)


def _of_incident(handled: Handled, *, is_refused: bool) -> Iterator[Delivery]:
    incident = handled.incident
    is_down = incident.severity is Severity.DOWN
    opening = AlertEvent.DOWN if is_down else AlertEvent.DEGRADED
    for step in handled.steps:
        for channel in _channels(step.people):
            is_lost = is_refused and channel.kind == channel_kind.SMS
            state = DeliveryState.DEAD if is_lost else DeliveryState.SENT
            yield _delivery(incident, channel, opening, step.at, state)
            if incident.ended_at is not None:
                # Whoever never heard of the outage hears nothing of its end.
                state = DeliveryState.CANCELLED if is_lost else DeliveryState.SENT
                yield _delivery(incident, channel, AlertEvent.UP, incident.ended_at, state)
    yield from _acknowledgements(handled)


def _acknowledgements(handled: Handled) -> Iterator[Delivery]:
    """Yield what everybody else heard who was notified before somebody took care of it."""
    incident = handled.incident
    at, by = incident.acknowledged_at, incident.acknowledged_by
    if at is None or by is None:
        return
    pairs = [[ACKNOWLEDGED_BY, by], *([["Note", handled.note]] if handled.note else [])]
    for step in handled.steps:
        others = [each for each in step.people if each.name != by]
        for channel in _channels(others) if step.at < at else ():
            delivery = _delivery(incident, channel, AlertEvent.ACKNOWLEDGED, at, DeliveryState.SENT)
            delivery.facts = {"facts": pairs}
            yield delivery


def _channels(people: Sequence[Contact]) -> Iterator[Channel]:
    for person in people:
        yield from person.channels


def _delivery(
    incident: Incident, channel: Channel, event: AlertEvent, at: datetime, state: DeliveryState
) -> Delivery:
    is_sent, is_tried = state is DeliveryState.SENT, state is not DeliveryState.CANCELLED
    is_text = channel.kind == channel_kind.SMS
    return Delivery(
        public_id=uuid.uuid4(),
        organization_id=incident.organization_id,
        dedup_key=f"incident/{incident.id}/{event}",
        incident_id=incident.id,
        chain_id=incident.id,
        monitor_id=incident.monitor_id,
        channel_id=channel.id,
        event=event,
        facts={},
        kind=channel.kind,
        address=channel.address,
        state=state,
        attempt=1 if is_tried else 0,
        next_attempt_at=at,
        created_at=at,
        tried_since=at if is_tried else None,
        sent_at=at + _LASTS[channel.kind] if is_sent else None,
        last_error=_REFUSAL if state is DeliveryState.DEAD else None,
        provider_reference=f"SM{uuid.uuid4().hex}" if is_sent and is_text else None,
    )


def _attempt(delivery: Delivery) -> DeliveryAttempt:
    is_accepted = delivery.state is DeliveryState.SENT
    return DeliveryAttempt(
        delivery_id=delivery.id,
        attempt=1,
        organization_id=delivery.organization_id,
        began_at=delivery.created_at,
        ended_at=delivery.created_at + _LASTS[delivery.kind],
        accepted=is_accepted,
        answer=(delivery.provider_reference or "Accepted.") if is_accepted else _REFUSAL,
    )
