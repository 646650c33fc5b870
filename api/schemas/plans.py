"""Schemas of the plan of an organization and its usage."""

from marshmallow import fields, validate

from api.schemas.base import Schema, SpanQuery, Timestamp
from domain.plans.metering import Meter
from services.usage.hours import Step


class LimitUseSchema(Schema):
    """A limit of the plan, and what is used of it."""

    name = fields.String(required=True)
    allowed = fields.Integer(required=True)
    used = fields.Float(
        required=True,
        allow_none=True,
        metadata={"description": "Null for a limit of single items, of requests or of days."},
    )


class PlanSchema(Schema):
    plan = fields.String(required=True, attribute="plan_id")
    name = fields.String(required=True)
    standing = fields.String(
        required=True,
        metadata={
            "description": (
                "`active`; `restricted`, which may only read, export and pay; or `suspended`."
            )
        },
    )
    over_limit_since = Timestamp(
        required=True,
        allow_none=True,
        metadata={
            "description": (
                "Since when there are more monitors than the plan allows. The newest of them are"
                " paused 30 days later."
            )
        },
    )
    limits = fields.List(fields.Nested(LimitUseSchema), required=True, attribute="amounts")
    features = fields.Dict(keys=fields.String(), values=fields.Boolean(), required=True)


class UsageQuery(SpanQuery):
    """The period of usage, and whether it is shown by hour or by day (UTC)."""

    by = fields.String(load_default=Step.HOUR.value, validate=validate.OneOf([*Step]))


class UsageOfSchema(Schema):
    """The usage of an hour or a day; a meter without any is missing."""

    at = Timestamp(required=True)
    meters = fields.Dict(
        keys=fields.String(),
        values=fields.Integer(),
        required=True,
        metadata={
            "description": (
                f"By meter: {', '.join(f'`{meter}`' for meter in Meter)}. A day has the highest"
                " value of `seats` and `archived_bytes`, and the sum of the others."
            )
        },
    )


class UsageSchema(Schema):
    items = fields.List(fields.Nested(UsageOfSchema), required=True)
