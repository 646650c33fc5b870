"""Event subscriptions: URLs that receive events."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from api.request.blueprint import Blueprint
from api.schemas.base import PageQuery
from api.schemas.deliveries import DeliveryDetailSchema, DeliveryPageSchema
from api.schemas.event_subscriptions import (
    EventSubscriptionChangeSchema,
    EventSubscriptionCreateSchema,
    EventSubscriptionPageSchema,
    EventSubscriptionSchema,
    EventSubscriptionSecretSchema,
    RotationQuery,
)
from domain.permissions import Permission
from server.identity.principal import Call
from server.limits import rate_limits
from server.resources import resources
from services.events import emit as events
from services.outbox.history import DeliveryView
from services.pagination import Page, PageRequest
from services.subscriptions import subscriptions
from services.subscriptions import views as subscription_views
from services.subscriptions.subscriptions import SubscriptionChanges, SubscriptionValues, Vault
from services.subscriptions.views import SubscriptionView

blueprint = Blueprint(
    "event-subscriptions",
    __name__,
    url_prefix="/api/v1/event-subscriptions",
    description="URLs that receive events.",
)


@blueprint.route("", permission=Permission.EVENT_READ)
@blueprint.arguments(PageQuery, location="query")
@blueprint.response(200, EventSubscriptionPageSchema)
def index(call: Call, query: dict[str, Any]) -> Page[SubscriptionView]:
    """List event subscriptions by name."""
    return subscription_views.page(call.session, call.organization_id, PageRequest(**query))


@blueprint.route("", methods=["POST"], permission=Permission.EVENT_WRITE)
@blueprint.arguments(EventSubscriptionCreateSchema)
@blueprint.response(201, EventSubscriptionSecretSchema)
def create(call: Call, values: SubscriptionValues) -> SubscriptionView:
    """Create an event subscription.

    The secret is shown only in this answer.
    """
    events.require(call.principal.permissions, values.events)
    return subscriptions.create(
        call.session, call.organization_id, values, vault=_vault(), now=call.now
    )


@blueprint.route("/<uuid:subscription_id>", permission=Permission.EVENT_READ)
@blueprint.response(200, EventSubscriptionSchema)
def show(call: Call, subscription_id: UUID) -> SubscriptionView:
    """Show an event subscription without its secrets."""
    return subscription_views.existing(call.session, call.organization_id, subscription_id)


@blueprint.route("/<uuid:subscription_id>", methods=["PATCH"], permission=Permission.EVENT_WRITE)
@blueprint.arguments(EventSubscriptionChangeSchema(partial=True))
@blueprint.response(200, EventSubscriptionSchema)
def change(call: Call, changes: SubscriptionChanges, subscription_id: UUID) -> SubscriptionView:
    """Change an event subscription."""
    _require(call, subscription_id, changes.get("events", ()))
    return subscriptions.change(
        call.session,
        call.organization_id,
        subscription_id,
        changes,
        vault=_vault(),
        now=call.now,
    )


@blueprint.route("/<uuid:subscription_id>", methods=["DELETE"], permission=Permission.EVENT_WRITE)
@blueprint.response(204)
def delete(call: Call, subscription_id: UUID) -> None:
    """Delete an event subscription. It receives no more events."""
    _require(call, subscription_id)
    subscriptions.delete(call.session, call.organization_id, subscription_id, now=call.now)


@blueprint.route(
    "/<uuid:subscription_id>/rotate", methods=["POST"], permission=Permission.EVENT_WRITE
)
@blueprint.arguments(RotationQuery, location="query")
@blueprint.response(200, EventSubscriptionSecretSchema)
def rotate(call: Call, query: dict[str, int], subscription_id: UUID) -> SubscriptionView:
    """Rotate the secret and the key.

    The new ones are shown only in this answer. The old ones also sign during the overlap.
    """
    _require(call, subscription_id)
    return subscriptions.rotate(
        call.session,
        call.organization_id,
        subscription_id,
        vault=_vault(),
        now=call.now,
        overlap=timedelta(seconds=query["overlap_seconds"]),
    )


@blueprint.route(
    "/<uuid:subscription_id>/rotate", methods=["DELETE"], permission=Permission.EVENT_WRITE
)
@blueprint.response(200, EventSubscriptionSchema)
def end_rotation(call: Call, subscription_id: UUID) -> SubscriptionView:
    """End the overlap of a rotation early.

    Only the new secret and key sign afterwards.
    """
    _require(call, subscription_id)
    return subscriptions.end_rotation(
        call.session, call.organization_id, subscription_id, vault=_vault(), now=call.now
    )


@blueprint.route(
    "/<uuid:subscription_id>/enable", methods=["POST"], permission=Permission.EVENT_WRITE
)
@blueprint.response(200, EventSubscriptionSchema)
def enable(call: Call, subscription_id: UUID) -> SubscriptionView:
    """Enable an event subscription that was disabled after failures."""
    _require(call, subscription_id)
    return subscriptions.enable(call.session, call.organization_id, subscription_id, now=call.now)


@blueprint.route(
    "/<uuid:subscription_id>/test", methods=["POST"], permission=Permission.EVENT_WRITE
)
@blueprint.response(202, DeliveryDetailSchema)
def try_out(call: Call, subscription_id: UUID) -> DeliveryView:
    """Send the event `subscription.test` to the subscription."""
    rate_limits.spend(rate_limits.TRIALS, str(call.organization_id))
    return subscriptions.try_out(call.session, call.organization_id, subscription_id, now=call.now)


@blueprint.route("/<uuid:subscription_id>/deliveries", permission=Permission.EVENT_READ)
@blueprint.arguments(PageQuery, location="query")
@blueprint.response(200, DeliveryPageSchema)
def posted(call: Call, query: dict[str, Any], subscription_id: UUID) -> Page[DeliveryView]:
    """List the pending and past deliveries of an event subscription, newest first."""
    return subscription_views.posted(
        call.session, call.organization_id, subscription_id, PageRequest(**query)
    )


def _require(call: Call, subscription_id: UUID, also: Sequence[str] = ()) -> None:
    """Raise `Forbidden` for a subscription to events that the caller may not read, or with these."""
    found = subscription_views.existing(call.session, call.organization_id, subscription_id)
    events.require(call.principal.permissions, found.subscription.events, also)


def _vault() -> Vault:
    return Vault(ring=resources().ring, policy=resources().egress)
