"""Schemas of billing."""

from marshmallow import fields, validate

from api.schemas.base import Schema, Timestamp
from api.schemas.examples import example
from domain.plans.billing import SubscriptionStatus


class OfferSchema(Schema):
    plan = fields.String(required=True, attribute="plan_id")
    name = fields.String(required=True)


class BillingSchema(Schema):
    status = fields.String(
        required=True,
        attribute="subscription.status",
        metadata={
            "description": f"One of {', '.join(f'`{each}`' for each in SubscriptionStatus)}."
        },
    )
    trial_ends_at = Timestamp(
        required=True, allow_none=True, attribute="subscription.trial_ends_at"
    )
    period_ends_at = Timestamp(
        required=True, allow_none=True, attribute="subscription.period_ends_at"
    )
    past_due_since = Timestamp(
        required=True,
        allow_none=True,
        attribute="subscription.past_due_since",
        metadata={
            "description": (
                "When the oldest unpaid invoice was due. Everything keeps working for 14 days."
            )
        },
    )
    offers = fields.List(fields.Nested(OfferSchema), required=True)


@example({"plan": "team"})
class CheckoutSchema(Schema):
    """The plan to subscribe to."""

    plan = fields.String(required=True, validate=validate.Length(1, 32))


class LinkSchema(Schema):
    url = fields.String(required=True)
