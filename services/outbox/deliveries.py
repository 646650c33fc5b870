"""The outbox: writes deliveries in the transaction that causes them."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from domain.alerting.alert import AlertEvent
from domain.evaluation.state import Severity
from models import Delivery, Incident
from models.session import of_whole_organization
from services.after_commit import hints
from services.outbox import incident_chains, wakes
from services.outbox.recipients import Destination

_AT_ONCE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """The content of a message, apart from its recipients.

    `facts` may contain these keys, and never a secret:

    * `number`: the number of a reminder
    * `is_deleted`: the monitor is stable only because it was deleted
    * `also_down`: names of monitors
    * `cause`: a text
    * `facts`: pairs of label and text
    """

    organization_id: int
    dedup_key: str
    event: AlertEvent
    incident: Incident | None = None
    monitor_id: int | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)


@of_whole_organization
def record(  # noqa: PLR0913 - one for each thing that a message is
    session: Session,
    *,
    organization_id: int,
    dedup_key: str,
    event: AlertEvent,
    channels: Iterable[Destination],
    incident: Incident | None = None,
    monitor_id: int | None = None,
    facts: Mapping[str, Any] | None = None,
    now: datetime,
    not_before: datetime | None = None,
) -> list[int]:
    """Write a message to each address; return the ids of the new ones.

    A message with the same `dedup_key` is written once per address. No message is sent before
    `not_before`, nor before that of its recipient. `Message` describes `facts`.
    """
    message = Message(
        organization_id=organization_id,
        dedup_key=dedup_key,
        event=event,
        incident=incident,
        monitor_id=monitor_id,
        facts=facts or {},
    )
    return _write(session, _addressed(_values(session, message, now), channels, not_before or now))


@of_whole_organization
def record_each(
    session: Session,
    messages: Iterable[Message],
    channels: Sequence[Destination],
    *,
    now: datetime,
) -> list[int]:
    """Write many messages to the same addresses at once; return the ids of the new ones."""
    return record_all(session, ((message, channels) for message in messages), now=now)


def record_all(
    session: Session, messages: Iterable[tuple[Message, Sequence[Destination]]], *, now: datetime
) -> list[int]:
    """Write many messages at once, each to its addresses; return the ids of the new ones."""
    rows = [
        row
        for message, channels in messages
        for row in _addressed(_values(session, message, now), channels, now)
    ]
    return [
        written_id
        for start in range(0, len(rows), _AT_ONCE)
        for written_id in _write(session, rows[start : start + _AT_ONCE])
    ]


def _values(session: Session, message: Message, now: datetime) -> dict[str, Any]:
    incident = message.incident
    return {
        "organization_id": message.organization_id,
        "dedup_key": message.dedup_key,
        "event": message.event,
        "incident_id": incident and incident.id,
        "chain_id": incident and incident_chains.first(session, incident),
        "monitor_id": incident.monitor_id if incident else message.monitor_id,
        "facts": dict(message.facts),
        "created_at": now,
    }


def _write(session: Session, rows: Sequence[Mapping[str, Any]]) -> list[int]:
    if not rows:
        return []
    new = (
        insert(Delivery)
        .on_conflict_do_nothing(index_elements=["organization_id", "dedup_key", "kind", "address"])
        .returning(Delivery.id)
    )
    ids = session.scalars(new, rows).all()
    wakes.add(session, ids)
    for organization_id in {row["organization_id"] for row in rows} if ids else ():
        hints.note(session, organization_id, "deliveries")
    return list(ids)


def _addressed(
    values: Mapping[str, Any], channels: Iterable[Destination], usual: datetime
) -> list[dict[str, Any]]:
    """Make a row for each channel. The earliest rows come first, so they win among duplicates."""
    return [
        {
            **values,
            "public_id": uuid.uuid4(),
            "kind": channel.kind,
            "address": channel.address,
            "channel_id": channel.channel_id,
            "next_attempt_at": max(channel.not_before or usual, usual),
        }
        for channel in sorted(channels, key=lambda channel: channel.not_before or usual)
    ]


@of_whole_organization
def record_opening(
    session: Session,
    incident: Incident,
    channels: Iterable[Destination],
    *,
    now: datetime,
    facts: Mapping[str, Any] | None = None,
) -> list[int]:
    """Notify these channels, once each, that the incident began."""
    event = AlertEvent.DOWN if incident.severity is Severity.DOWN else AlertEvent.DEGRADED
    return record(
        session,
        organization_id=incident.organization_id,
        dedup_key=f"incident/{incident.id}/{event}",
        event=event,
        channels=channels,
        incident=incident,
        facts=facts,
        now=now,
    )
