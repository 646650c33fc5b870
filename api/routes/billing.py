"""The subscription of the organization, and events of the billing provider."""

from datetime import UTC, datetime

from flask import request

from api.request.blueprint import Blueprint
from api.schemas.billing import BillingSchema, CheckoutSchema, LinkSchema
from domain.permissions import Permission
from models.session import database_now
from server.identity.principal import Call
from server.request import billing_calls
from server.resources import resources
from services.billing import accounts, links, providers
from services.billing.links import BillingView, Visitor
from services.errors import NotFound

blueprint = Blueprint(
    "billing",
    __name__,
    url_prefix="/api/v1",
    description="The subscription of the organization, its invoices, and plans that are sold.",
)


@blueprint.route("/organization/billing", permission=Permission.BILLING_READ)
@blueprint.response(200, BillingSchema)
def show(call: Call) -> BillingView:
    """Show the subscription, and the plans that are sold."""
    return links.view(call.session, call.organization_id)


@blueprint.route(
    "/organization/billing/checkout", methods=["POST"], permission=Permission.BILLING_WRITE
)
@blueprint.arguments(CheckoutSchema)
@blueprint.response(200, LinkSchema)
def begin(call: Call, body: dict[str, str]) -> dict[str, str]:
    """Return a link to subscribe to a plan, on the pages of the billing provider."""
    visitor = _visitor(call)
    url = links.checkout(call.session, call.organization_id, body["plan"], visitor, now=call.now)
    return {"url": url}


@blueprint.route(
    "/organization/billing/portal", methods=["POST"], permission=Permission.BILLING_WRITE
)
@blueprint.response(200, LinkSchema)
def open_portal(call: Call) -> dict[str, str]:
    """Return a link to invoices and payment methods, on the pages of the billing provider."""
    return {"url": links.portal(call.session, call.organization_id, _visitor(call), now=call.now)}


@blueprint.open_route("/billing/events", methods=["POST"])
@blueprint.response(204)
def take_event() -> None:
    """Take a signed event of the billing provider.

    It only says that something has changed: the present state is read afterwards.
    """
    provider = providers.of(resources().settings)
    if provider is None:
        raise NotFound("billing provider")
    customer = provider.customer_of_event(
        request.get_data(), request.headers.get("Stripe-Signature", ""), now=datetime.now(UTC)
    )
    if customer is not None:
        with resources().transaction() as session:
            accounts.note_event(session, customer, now=database_now(session))


def _visitor(call: Call) -> Visitor:
    return Visitor(
        user_id=call.principal.user_id,
        back=f"{resources().settings.public_url.rstrip('/')}/settings/plan",
        answers=billing_calls.answers(),
    )
