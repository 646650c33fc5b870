"""Builds the alert of a delivery for its notifier."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.alerting.alert import ENDS, Alert, AlertEvent, Rendered
from domain.evaluation.outcome import Cause
from domain.evaluation.state import Severity
from models import Delivery, Incident, Monitor, Organization
from services.relay import links as delivery_links
from services.relay import order as delivery_order
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
    session: Session, delivery: Delivery, *, settings: RelaySettings, now: datetime
) -> Alert:
    """Build the alert of one delivery.

    Fields that do not depend on the clock are the same for every attempt.
    """
    incident = _incident_of(session, delivery)
    monitor = None if delivery.monitor_id is None else session.get_one(Monitor, delivery.monitor_id)
    organization = session.get_one(Organization, delivery.organization_id)
    facts = delivery.facts
    links = delivery_links.of(session, delivery, organization, settings=settings, now=now)
    return Alert(
        key=str(delivery.public_id),
        outage_key=str(delivery_order.outage_of(session, delivery).public_id),
        event=AlertEvent(delivery.event),
        organization_name=organization.name,
        monitor_id=str(monitor.public_id) if monitor else "",
        monitor_name=monitor.name if monitor else "",
        url=monitor.url if monitor else "",
        cause=incident.detail if incident else str(facts.get("cause", "")),
        is_authorization=incident is not None and incident.cause is Cause.AUTHORIZATION,
        is_degraded=incident is not None and incident.severity is Severity.DEGRADED,
        started_at=incident.started_at if incident else None,
        # The opening has no end, even if the outage ended before it was sent.
        ended_at=incident.ended_at if incident and delivery.event in ENDS else None,
        link=_link(settings.public_url, incident, monitor),
        acknowledge_link=links.acknowledge,
        confirm_link=links.confirm,
        unsubscribe_link=links.unsubscribe,
        is_deleted=bool(facts.get("is_deleted")),
        number=int(facts.get("number", 0)),
        also_down=tuple(map(str, facts.get("also_down", ()))),
        facts=tuple((str(label), str(text)) for label, text in facts.get("facts", ())),
        headline=str(facts.get("headline", "")),
        late_by=_late_by(delivery, now),
        occurred_at=delivery.created_at,
        # The document of an event is sent as it was written.
        rendered=Rendered(body=str(facts.get("document", ""))),
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
    links = delivery_links.of(session, leader, organization, settings=settings, now=now)
    return Alert(
        key=str(leader.public_id),
        outage_key=str(leader.public_id),
        event=AlertEvent.DIGEST,
        organization_name=organization.name,
        late_by=_late_by(leader, now),
        occurred_at=leader.created_at,
        unsubscribe_link=links.unsubscribe,
        parts=tuple(alert_of(session, row, settings=settings, now=now) for row in notified),
    )


def _incident_of(session: Session, delivery: Delivery) -> Incident | None:
    """Return the incident of a delivery; a missed outage prefers its newest `down` incident."""
    if delivery.incident_id is None:
        return None
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


def _link(public_url: str, incident: Incident | None, monitor: Monitor | None) -> str:
    if incident is not None:
        return f"{public_url}/api/v1/incidents/{incident.public_id}"
    return f"{public_url}/api/v1/monitors/{monitor.public_id}" if monitor is not None else ""


def _late_by(delivery: Delivery, now: datetime) -> timedelta | None:
    late_by = now - delivery.created_at
    return late_by if late_by > _LATE else None
