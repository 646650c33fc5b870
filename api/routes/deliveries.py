"""Deliveries: their attempts, and the resending of dead letters."""

from typing import Any
from uuid import UUID

from api.request.blueprint import Blueprint
from api.schemas.deliveries import DeliveryDetailSchema, DeliveryPageSchema, DeliveryQuery
from domain.permissions import Permission
from server.identity.principal import Call
from services.outbox import history as delivery_history
from services.outbox.history import DeliveryFilter, DeliveryView
from services.pagination import Page, PageRequest
from services.relay import resends

blueprint = Blueprint(
    "deliveries",
    __name__,
    url_prefix="/api/v1/deliveries",
    description="Messages that were sent, are pending, or were given up.",
)


@blueprint.route("", permission=Permission.DELIVERY_READ)
@blueprint.arguments(DeliveryQuery, location="query")
@blueprint.response(200, DeliveryPageSchema)
def index(call: Call, query: dict[str, Any]) -> Page[DeliveryView]:
    """List deliveries, newest first.

    Use `state=dead` for dead letters.
    """
    page = PageRequest(limit=query.pop("limit"), cursor=query.pop("cursor", None))
    return delivery_history.page(call.session, call.organization_id, DeliveryFilter(**query), page)


@blueprint.route("/<uuid:delivery_id>", permission=Permission.DELIVERY_READ)
@blueprint.response(200, DeliveryDetailSchema)
def show(call: Call, delivery_id: UUID) -> DeliveryView:
    """Show a delivery with every attempt and its answer."""
    return delivery_history.find(call.session, call.organization_id, delivery_id)


@blueprint.route(
    "/<uuid:delivery_id>/resend", methods=["POST"], permission=Permission.DELIVERY_WRITE
)
@blueprint.response(202, DeliveryDetailSchema)
def resend(call: Call, delivery_id: UUID) -> DeliveryView:
    """Resend a dead letter, under the same key, for another day."""
    return resends.resend(call.session, call.organization_id, delivery_id, now=call.now)
