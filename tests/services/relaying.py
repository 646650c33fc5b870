"""A relay step by step: claim, send nothing, and mark, at times that the test says."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from config.limits import UNLIMITED
from domain.alerting.alert import ENDS, AlertEvent
from models import Delivery, Incident, Monitor
from models.delivery import DeliveryState
from notifiers.base import NotifierError, Receipt
from services import quotas
from services.outbox import deliveries
from services.outbox import recipients as outbox_recipients
from services.outbox.recipients import Destination
from services.relay import resends
from services.relay.claims import Claimed, claim
from services.relay.outcomes import mark_failed, mark_sent
from services.relay.settings import RelaySettings
from tests.services.outage import EMAIL, NOW, end
from tests.services.woken import woken_by


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitedSettings(RelaySettings):
    """The settings of a relay, and the limit of texts a month that organizations have then."""

    text_quota: int = UNLIMITED

    def limit(self, session: Session) -> None:
        limits = session.info.get("limits", {})
        quotas.use(session, {**limits, "texts_per_month": self.text_quota})


SETTINGS = LimitedSettings(public_url="https://downtime.example", per_minute={"other": 600})
BUSY = NotifierError("The server is busy.", permanent=False)
REFUSED = NotifierError("The text was refused.", permanent=True)
GONE = NotifierError("No such mailbox.", channel_gone=True)


def seconds(count: float) -> datetime:
    return NOW + timedelta(seconds=count)


def relay_settings(**changes: object) -> LimitedSettings:
    return replace(SETTINGS, **changes)  # type: ignore[arg-type] # whatever the test says


def notify(session: Session, incident: Incident, *, now: datetime = NOW) -> list[int]:
    """Write the opening for the monitor's contact groups; return the ids."""
    owner = incident.organization_id
    monitor = session.get_one(Monitor, incident.monitor_id)
    contacts = outbox_recipients.contacts_of_groups(session, monitor)
    channels = outbox_recipients.of_contacts(session, owner, contacts)
    return deliveries.record_opening(session, incident, channels, now=now)


def tell_more(
    session: Session,
    incident: Incident,
    event: AlertEvent = AlertEvent.UP,
    *,
    number: int = 0,
    now: datetime,
) -> list[int]:
    """Write what came of the incident for those who were told; return the ids."""
    notified = outbox_recipients.owed if event in ENDS else outbox_recipients.still_reached
    return deliveries.record(
        session,
        organization_id=incident.organization_id,
        dedup_key=f"incident/{incident.id}/{event}/{number}",
        event=event,
        channels=notified(session, incident),
        incident=incident,
        facts={"number": number},
        now=now,
    )


def tell_of_monitor(
    session: Session, monitor: Monitor, event: AlertEvent, now: datetime = NOW
) -> int:
    """Write a message about the monitor that is about no outage, each time another; return its id."""
    (delivery_id,) = deliveries.record(
        session,
        organization_id=monitor.organization_id,
        dedup_key=f"monitor/{monitor.id}/{event}/{len(of_event(session, event))}",
        event=event,
        channels=[Destination(*EMAIL)],
        monitor_id=monitor.id,
        now=now,
    )
    return delivery_id


def recover(session: Session, delivery_id: int, at: float) -> int:
    """End the incident that the message tells of; return the message of its end."""
    incident = incident_of(session, delivery_id)
    end(session, incident, at=seconds(at))
    return tell_more(session, incident, now=seconds(at))[0]


def take(
    session: Session, delivery_id: int, now: datetime = NOW, *, by: LimitedSettings = SETTINGS
) -> Claimed | None:
    by.limit(session)
    return claim(session, delivery_id, settings=by, now=now)


def taken(
    session: Session, delivery_id: int, now: datetime = NOW, *, by: LimitedSettings = SETTINGS
) -> Claimed:
    claimed = take(session, delivery_id, now, by=by)
    assert claimed is not None
    return claimed


def accept(
    session: Session, claimed: Claimed, now: datetime = NOW, *, by: LimitedSettings = SETTINGS
) -> list[int]:
    by.limit(session)
    return woken_by(session, mark_sent, claimed, Receipt("Accepted.", "accepted"), now=now)


def send(
    session: Session, delivery_id: int, now: datetime = NOW, *, by: LimitedSettings = SETTINGS
) -> Claimed:
    claimed = taken(session, delivery_id, now, by=by)
    accept(session, claimed, now, by=by)
    return claimed


def fail(
    session: Session, claimed: Claimed, error: NotifierError = BUSY, now: datetime = NOW
) -> list[int]:
    return woken_by(session, mark_failed, claimed, error, now=now, chance=0.5)


def resend(session: Session, delivery_id: int, now: datetime) -> None:
    """Ask to send a dead letter again, as a member of its organization."""
    dead = row(session, delivery_id)
    resends.resend(session, dead.organization_id, dead.public_id, now=now)


def row(session: Session, delivery_id: int) -> Delivery:
    return session.get_one(Delivery, delivery_id, populate_existing=True)


def incident_of(session: Session, delivery_id: int) -> Incident:
    return session.get_one(Incident, row(session, delivery_id).incident_id)


def state_of(session: Session, delivery_id: int) -> DeliveryState:
    return row(session, delivery_id).state


def of_event(session: Session, event: AlertEvent) -> list[Delivery]:
    query = select(Delivery).where(Delivery.event == event).order_by(Delivery.id)
    return list(session.scalars(query.execution_options(populate_existing=True)))
