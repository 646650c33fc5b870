"""Incidents of all monitors, and their deliveries."""

from typing import Any
from uuid import UUID

from api.request.blueprint import Blueprint
from api.request.jose import encryptable
from api.schemas.incidents import (
    IncidentDetailSchema,
    IncidentPageSchema,
    OrganizationIncidentQuery,
)
from api.schemas.recipients import RecipientQuery
from domain.evaluation.outcome import Cause
from domain.permissions import Permission
from server.identity.principal import Call
from services.incidents import history as incident_history
from services.incidents.history import IncidentView
from services.incidents.search import IncidentFilter
from services.monitors import views as monitor_views
from services.pagination import Page, PageRequest

blueprint = Blueprint(
    "incidents",
    __name__,
    url_prefix="/api/v1",
    description="Outages of all monitors, and the messages about them.",
)

_CAUSES = {cause.word: cause for cause in Cause}


@blueprint.route("/incidents", permission=Permission.INCIDENT_READ)
@blueprint.arguments(OrganizationIncidentQuery, location="query")
@encryptable
@blueprint.response(200, IncidentPageSchema)
def index(call: Call, query: dict[str, Any]) -> Page[IncidentView]:
    """Search in the incidents of all monitors, newest first.

    A page may have fewer incidents than `limit` although there are more: go on while there is a
    `next_cursor`.
    """
    page = PageRequest(limit=query.pop("limit"), cursor=query.pop("cursor", None))
    monitor_id = query.pop("monitor_id", None)
    monitor = (
        monitor_id and monitor_views.find(call.session, call.organization_id, monitor_id).monitor
    )
    causes = [_CAUSES[word] for word in query.pop("cause", ())]
    wanted = IncidentFilter(cause=causes, **query)
    return incident_history.page(call.session, call.organization_id, wanted, page, monitor=monitor)


@blueprint.route("/incidents/<uuid:incident_id>", permission=Permission.INCIDENT_READ)
@blueprint.arguments(RecipientQuery, location="query")
@encryptable
@blueprint.response(200, IncidentDetailSchema)
def show(call: Call, _: dict[str, Any], incident_id: UUID) -> IncidentView:
    """Show an incident with its timeline and deliveries."""
    return incident_history.find(call.session, call.organization_id, incident_id)
