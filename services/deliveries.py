"""The outbox: who is to be told what of an incident. Written in the transaction of the incident."""

from datetime import datetime

from sqlalchemy import Select, func, literal, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from domain.alert import AlertEvent
from models import Channel, ContactGroupMember, Delivery, Incident, MonitorContactGroup
from models.delivery import DeliveryState


def record_down(session: Session, incident: Incident, *, now: datetime) -> list[int]:
    """Let each channel of the monitor's contact groups be told once; return what is new."""
    channels = (
        select(Channel.kind, Channel.address, func.min(Channel.id).label("channel_id"))
        .join(ContactGroupMember, ContactGroupMember.contact_id == Channel.contact_id)
        .join(
            MonitorContactGroup,
            MonitorContactGroup.contact_group_id == ContactGroupMember.contact_group_id,
        )
        .where(
            MonitorContactGroup.monitor_id == incident.monitor_id,
            MonitorContactGroup.organization_id == incident.organization_id,
            ContactGroupMember.organization_id == incident.organization_id,
            Channel.organization_id == incident.organization_id,
        )
        .group_by(Channel.kind, Channel.address)
    )
    return _record(session, incident, AlertEvent.DOWN, channels, now)


def record_up(session: Session, incident: Incident, *, now: datetime) -> list[int]:
    """Let exactly those who were told of the outage, or still will be, know that it is over."""
    return _record(session, incident, AlertEvent.UP, _told(incident), now)


def record_end(session: Session, incident: Incident, *, now: datetime) -> list[int]:
    """Let the same people know that the monitor was deleted while it was down."""
    return _record(session, incident, AlertEvent.ENDED, _told(incident), now)


def _record(
    session: Session,
    incident: Incident,
    event: AlertEvent,
    channels: Select[str, str, int | None],
    now: datetime,
) -> list[int]:
    whom = channels.subquery()
    values = {
        # Named here since a default of the model would be the same for every row.
        "public_id": func.gen_random_uuid(),
        "organization_id": literal(incident.organization_id),
        "about": literal(f"incident/{incident.id}/{event}"),
        "incident_id": literal(incident.id),
        "monitor_id": literal(incident.monitor_id),
        "event": literal(event, Delivery.event.type),
        "state": literal(DeliveryState.PENDING, Delivery.state.type),
        "attempt": literal(0),
        "next_attempt_at": literal(now),
        "created_at": literal(now),
        "kind": whom.c.kind,
        "address": whom.c.address,
        "channel_id": whom.c.channel_id,
    }
    new = (
        insert(Delivery)
        .from_select(list(values), select(*values.values()), include_defaults=False)
        .on_conflict_do_nothing(index_elements=["organization_id", "about", "kind", "address"])
        .returning(Delivery.id)
    )
    return list(session.scalars(new))


def _told(incident: Incident) -> Select[str, str, int | None]:
    return select(Delivery.kind, Delivery.address, Delivery.channel_id).where(
        Delivery.incident_id == incident.id,
        Delivery.organization_id == incident.organization_id,
        Delivery.event == AlertEvent.DOWN,
        Delivery.state.not_in((DeliveryState.DEAD, DeliveryState.CANCELLED)),
    )
