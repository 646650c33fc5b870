"""Acknowledging and snoozing incidents, and notes on them."""

from typing import Any
from uuid import UUID

from api.request.blueprint import Blueprint
from api.schemas.acknowledgements import AcknowledgeSchema, NoteSchema, SnoozeSchema, end_of
from api.schemas.incidents import IncidentDetailSchema
from domain.permissions import Permission
from server.identity.principal import Call
from services.alerting import acknowledgements
from services.alerting.acknowledgements import Actor
from services.incidents import history as incident_history
from services.incidents.history import IncidentView

blueprint = Blueprint(
    "acknowledgements",
    __name__,
    url_prefix="/api/v1/incidents/<uuid:incident_id>",
    description="Acknowledge and snooze incidents, and add notes to them.",
)


@blueprint.route("/acknowledge", methods=["POST"], permission=Permission.INCIDENT_WRITE)
@blueprint.arguments(AcknowledgeSchema)
@blueprint.response(200, IncidentDetailSchema)
def acknowledge(call: Call, body: dict[str, Any], incident_id: UUID) -> IncidentView:
    """Acknowledge an open incident.

    This stops its escalation and reminders. The notified recipients are notified of the
    acknowledgement.
    """
    acknowledgements.acknowledge(
        call.session,
        call.organization_id,
        incident_id,
        by=_actor(call, body["note"]),
        now=call.now,
    )
    return incident_history.find(call.session, call.organization_id, incident_id)


@blueprint.route("/acknowledge", methods=["DELETE"], permission=Permission.INCIDENT_WRITE)
@blueprint.response(200, IncidentDetailSchema)
def unacknowledge(call: Call, incident_id: UUID) -> IncidentView:
    """Withdraw an acknowledgement or a snooze.

    Escalation steps and reminders that came due in the meantime happen now, once.
    """
    acknowledgements.unacknowledge(
        call.session,
        call.organization_id,
        incident_id,
        by=_actor(call),
        now=call.now,
    )
    return incident_history.find(call.session, call.organization_id, incident_id)


@blueprint.route("/snooze", methods=["POST"], permission=Permission.INCIDENT_WRITE)
@blueprint.arguments(SnoozeSchema)
@blueprint.response(200, IncidentDetailSchema)
def snooze(call: Call, body: dict[str, Any], incident_id: UUID) -> IncidentView:
    """Snooze an open incident until a time.

    The notified recipients are reminded when the snooze ends.
    """
    acknowledgements.snooze(
        call.session,
        call.organization_id,
        incident_id,
        by=_actor(call, body["note"]),
        until=end_of(body, call.now),
        now=call.now,
    )
    return incident_history.find(call.session, call.organization_id, incident_id)


@blueprint.route("/notes", methods=["POST"], permission=Permission.INCIDENT_WRITE)
@blueprint.arguments(NoteSchema)
@blueprint.response(201, IncidentDetailSchema)
def annotate(call: Call, body: dict[str, Any], incident_id: UUID) -> IncidentView:
    """Add a note to the timeline of an incident, open or closed.

    A note sends no notification.
    """
    acknowledgements.annotate(
        call.session,
        call.organization_id,
        incident_id,
        by=_actor(call, body["note"]),
        now=call.now,
    )
    return incident_history.find(call.session, call.organization_id, incident_id)


def _actor(call: Call, note: str = "") -> Actor:
    """Return the actor: the user, or the machine itself rather than the user responsible for it."""
    if call.principal.machine is not None:
        return Actor(name=call.principal.machine.name, note=note)
    return acknowledgements.member(call.session, call.principal.user_id, note)
