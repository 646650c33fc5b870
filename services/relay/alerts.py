"""Builds the alert of a delivery for its notifier."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.alerting.alert import ENDS, Alert, AlertEvent, Rendered
from domain.evaluation import heartbeat
from domain.evaluation.state import Severity
from models import Channel, Contact, Delivery, Incident, Monitor, Organization
from notifiers.wording import with_local_times
from services.incidents import job_output, outages, stated
from services.relay import digests
from services.relay import links as delivery_links
from services.relay import order as delivery_order
from services.relay.links import Scope
from services.relay.settings import RelaySettings
from services.relay.stages import Claim
from services.templates import wording as message_wording

_LATE = timedelta(minutes=5)
"""A message that is later than this states its delay."""


def word(session: Session, claim: Claim) -> Claim:
    """Stage: build the alert of the delivery, or of all parts of a digest."""
    delivery, settings, now = claim.delivery, claim.settings, claim.now
    alert = (
        digest_of(session, delivery, claim.parts, settings=settings, now=now)
        if claim.members
        else alert_of(session, delivery, settings=settings, now=now)
    )
    return replace(claim, alert=message_wording.in_own_words(session, delivery, alert))


def alert_of(
    session: Session,
    delivery: Delivery,
    *,
    settings: RelaySettings,
    now: datetime,
    time_zone: str | None = None,
) -> Alert:
    """Build the alert of one delivery. The `time_zone` of its reader is looked up if it is unknown.

    Fields that do not depend on the clock are the same for every attempt.
    """
    organization = session.get_one(Organization, delivery.organization_id)
    links = delivery_links.of(
        session,
        delivery,
        organization,
        acknowledges=Scope.INCIDENT if delivery.event in delivery_links.OF_OUTAGES else None,
        settings=settings,
        now=now,
    )
    alert = replace(
        _written(delivery),
        outage_key=str(delivery_order.outage_of(session, delivery).public_id),
        organization_name=organization.name,
        acknowledge_link=links.acknowledge,
        call_link=links.call,
        confirm_link=links.confirm,
        unsubscribe_link=links.unsubscribe,
        time_zone=time_zone or _time_zone(session, delivery),
        late_by=_late_by(delivery, now),
    )
    if delivery.monitor_id is None:
        return alert
    monitor = session.get_one(Monitor, delivery.monitor_id)
    alert = _about_monitor(alert, monitor, settings.public_url)
    if delivery.incident_id is None:
        return alert
    return _about_incident(session, alert, delivery, monitor, settings.public_url)


def _written(delivery: Delivery) -> Alert:
    """Return what the delivery itself says: it was written in the transaction of the event."""
    facts = delivery.facts
    return Alert(
        key=str(delivery.public_id),
        outage_key=str(delivery.public_id),
        event=AlertEvent(delivery.event),
        cause=str(facts.get("cause", "")),
        is_deleted=bool(facts.get("is_deleted")),
        number=int(facts.get("number", 0)),
        also_down=tuple(map(str, facts.get("also_down", ()))),
        facts=tuple((str(label), str(text)) for label, text in facts.get("facts", ())),
        headline=str(facts.get("headline", "")),
        occurred_at=delivery.created_at,
        # The document of an event is sent as it was written.
        rendered=Rendered(body=str(facts.get("document", ""))),
    )


def _about_monitor(alert: Alert, monitor: Monitor, public_url: str) -> Alert:
    if alert.event is AlertEvent.EXPIRY:
        alert = _in_readers_zone(alert)
    return replace(
        alert,
        monitor_id=str(monitor.public_id),
        monitor_name=monitor.name,
        url=monitor.url,
        tags=tuple(monitor.tags),
        link=f"{public_url}/api/v1/monitors/{monitor.public_id}",
        page_link=f"{public_url}/monitors/{monitor.public_id}",
    )


def _about_incident(
    session: Session, alert: Alert, delivery: Delivery, monitor: Monitor, public_url: str
) -> Alert:
    incident = _incident_of(session, delivery)
    last = session.get_one(Incident, delivery.incident_id)
    is_heartbeat = monitor.kind == heartbeat.KIND
    is_over = delivery.event in ENDS
    output = job_output.of(session, monitor, incident) if is_heartbeat and not is_over else ""
    facts = (("Job output", output), *alert.facts) if output else alert.facts
    described = stated.with_incident(session, alert, monitor, incident)
    return replace(
        _in_readers_zone(described) if is_heartbeat else described,
        # The opening has no end, even if the outage ended before it was sent.
        ended_at=incident.ended_at if is_over else None,
        outage=outages.of(session, last, is_over=is_over, until=delivery.created_at),
        facts=facts,
        link=f"{public_url}/api/v1/incidents/{incident.public_id}",
        page_link=f"{public_url}/incidents/{incident.public_id}",
    )


def digest_of(
    session: Session,
    leader: Delivery,
    notified: Sequence[Delivery],
    *,
    settings: RelaySettings,
    now: datetime,
) -> Alert:
    """Build one alert of several deliveries in this order, under the key of the leader."""
    organization = session.get_one(Organization, leader.organization_id)
    asks = any(each.event in delivery_links.OF_OUTAGES for each in notified)
    links = delivery_links.of(
        session,
        leader,
        organization,
        acknowledges=Scope.DIGEST if asks else None,
        settings=settings,
        now=now,
    )
    zone = _time_zone(session, leader)
    return Alert(
        key=str(leader.public_id),
        outage_key=str(leader.public_id),
        event=AlertEvent.DIGEST,
        organization_name=organization.name,
        late_by=_late_by(leader, now),
        occurred_at=leader.created_at,
        page_link=f"{settings.public_url}/incidents",
        acknowledge_link=links.acknowledge,
        call_link=links.call,
        unsubscribe_link=links.unsubscribe,
        time_zone=zone,
        parts=tuple(
            alert_of(session, row, settings=settings, now=now, time_zone=zone) for row in notified
        ),
        sent_before=digests.sent_before(session, notified),
    )


def _in_readers_zone(alert: Alert) -> Alert:
    """Return an alert whose cause, a sentence of this service, has the times of its reader."""
    return replace(alert, cause=with_local_times(alert.cause, alert.time_zone))


def _time_zone(session: Session, delivery: Delivery) -> str:
    """Return the time zone of the contact of a message; others read UTC."""
    zone = session.scalars(
        select(Contact.time_zone)
        .join(Channel, Channel.contact_id == Contact.id)
        .where(Channel.id == delivery.channel_id)
    ).one_or_none()
    return zone or "UTC"


def _incident_of(session: Session, delivery: Delivery) -> Incident:
    """Return the incident of a delivery; a missed outage prefers its newest `down` incident."""
    if delivery.event is AlertEvent.MISSED:
        worst = session.scalars(
            select(Incident)
            .join(Delivery, Delivery.incident_id == Incident.id)
            .where(Delivery.digest_id == delivery.id, Incident.severity == Severity.DOWN)
            .order_by(Incident.id.desc())
            .limit(1)
        ).one_or_none()
        if worst is not None:
            return worst
    return session.get_one(Incident, delivery.incident_id, populate_existing=True)


def _late_by(delivery: Delivery, now: datetime) -> timedelta | None:
    late_by = now - delivery.created_at
    return late_by if late_by > _LATE else None
