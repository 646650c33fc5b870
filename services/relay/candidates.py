"""The deliveries that decide about those of one channel, loaded once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import Session, aliased

from domain.alerting.alert import OF_STABILITY, AlertEvent
from models import Delivery, Incident
from models.delivery import DeliveryState

_ABOUT_OPEN_INCIDENTS = frozenset({AlertEvent.REMINDER, AlertEvent.ACKNOWLEDGED})


@dataclass(frozen=True, slots=True)
class Candidates:
    """Deliveries of one channel by id: the wanted ones, and all of the same outages and monitors.

    `leaders` lead a digest under way. `incidents` has, by id, the incidents of the wanted reminders
    and acknowledgements.
    """

    rows: Mapping[int, Delivery]
    leaders: frozenset[int]
    incidents: Mapping[int, Incident]

    def story_of(self, delivery: Delivery) -> list[Delivery]:
        """Return the deliveries of the same outage or flapping monitor, by id; or an empty list."""
        if delivery.chain_id is not None:
            return [row for row in self.rows.values() if row.chain_id == delivery.chain_id]
        if delivery.event not in OF_STABILITY:
            return []
        return [
            row
            for row in self.rows.values()
            if row.event in OF_STABILITY and row.monitor_id == delivery.monitor_id
        ]

    def is_stale(self, delivery: Delivery, now: datetime) -> bool:
        """Return whether a reminder or an acknowledgement is no longer true."""
        if delivery.event not in _ABOUT_OPEN_INCIDENTS or delivery.incident_id is None:
            return False
        incident = self.incidents[delivery.incident_id]
        if incident.ended_at is not None:
            return True
        if delivery.event is AlertEvent.ACKNOWLEDGED:
            return incident.acknowledged_at is None
        snoozed = incident.snoozed_until is not None and incident.snoozed_until > now
        return snoozed or incident.acknowledged_at is not None


def load(session: Session, wanted: Sequence[Delivery]) -> Candidates:
    """Load the related deliveries of these deliveries to one channel, with at most two queries.

    The caller holds the rate limit of the channel, so no other relay decides about them.
    """
    rows = {each.id: each for each in wanted}
    leaders: set[int] = set()
    belongs = _belongs_to(wanted)
    if belongs is not None:
        member = aliased(Delivery)
        leads = exists().where(
            member.digest_id == Delivery.id, member.state == DeliveryState.PENDING
        )
        query = select(Delivery, leads).where(wanted[0].shares_channel(), belongs)
        for row, is_leader in session.execute(query.execution_options(populate_existing=True)):
            rows[row.id] = row
            leaders |= {row.id} if is_leader else set()
    return Candidates(
        rows={each: rows[each] for each in sorted(rows)},
        leaders=frozenset(leaders),
        incidents=_incidents(session, wanted),
    )


def _belongs_to(wanted: Sequence[Delivery]) -> ColumnElement[bool] | None:
    """Select the deliveries of the same outages and the stability messages of the monitors."""
    chains = {row.chain_id for row in wanted if row.chain_id is not None}
    monitors = {row.monitor_id for row in wanted if row.event in OF_STABILITY}
    if not chains | monitors:
        return None
    return or_(
        Delivery.chain_id.in_(chains),
        and_(Delivery.event.in_(OF_STABILITY), Delivery.monitor_id.in_(monitors)),
    )


def _incidents(session: Session, wanted: Sequence[Delivery]) -> dict[int, Incident]:
    ids = {row.incident_id for row in wanted if row.event in _ABOUT_OPEN_INCIDENTS}
    if not ids:
        return {}
    query = select(Incident).where(Incident.id.in_(ids))
    found = session.scalars(query.execution_options(populate_existing=True))
    return {incident.id: incident for incident in found}
