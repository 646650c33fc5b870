"""Everything that the page of one incident shows."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

from server.identity.principal import Call
from server.resources import archived
from services.analytics import check_log
from services.analytics.check_log import Check
from services.incidents import history as incident_history
from services.incidents import relatives
from services.incidents.history import IncidentView
from services.incidents.relatives import Relatives
from services.outbox import history as delivery_history
from web.incidents import timeline
from web.incidents.timeline import Event

_MOST = 100
"""The most notes, and the most messages, of one timeline."""
_MOST_CHECKS = 10
_AFTER = timedelta(minutes=1)
"""Checks of other regions come in so long after the outage was confirmed."""


@dataclass(frozen=True, slots=True)
class IncidentPage:
    """`checks` are the first that failed; `evidence` is that of the first with any."""

    view: IncidentView
    relatives: Relatives
    checks: Sequence[Check]
    evidence: Check | None
    events: Sequence[Event]
    has_more_messages: bool


def of(call: Call, incident_id: UUID) -> IncidentPage:
    """Read an incident with all that belongs to it. Raise `NotFound` if there is none."""
    session, organization_id = call.session, call.organization_id
    found = incident_history.find(session, organization_id, incident_id, most=_MOST)
    deliveries = delivery_history.with_answers(session, organization_id, found.deliveries)
    view = replace(found, deliveries=deliveries)
    incident = view.incident
    checks = check_log.failed(
        session,
        view.monitor,
        incident.started_at,
        incident.confirmed_at + _AFTER,
        limit=_MOST_CHECKS,
        archived=archived(),
    )
    return IncidentPage(
        view,
        relatives.of(session, incident, now=call.now),
        checks,
        next((check for check in checks if check.evidence is not None), None),
        timeline.of(view, checks),
        len(deliveries) == _MOST,
    )
