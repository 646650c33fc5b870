"""Schemas of on-call schedules, their overrides and their shifts."""

from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from api.request.example_ids import IDS
from api.schemas.base import (
    Line,
    PageQuery,
    Schema,
    SpanQuery,
    Timestamp,
    ViewSchema,
    Whole,
    page_of,
)
from api.schemas.contacts import WallTime
from api.schemas.examples import example
from api.schemas.maintenance_windows import LocalTime
from domain.on_call.layer import Handoff, HandoffKind, Hours
from services.on_call.layers import LayerValues
from services.on_call.limits import LONGEST_TURN, MOST_HOURS, MOST_LAYERS, MOST_TURNS
from services.on_call.overrides import OverrideValues
from services.on_call.schedules import ScheduleValues

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


class Weekday(fields.String):
    """A day of the week by its English name. Internally it is a number from 0 for Monday."""

    def __init__(self, **kwargs: Any) -> None:  # noqa: ANN401 - marshmallow's
        metadata = {"enum": list(_WEEKDAYS), **kwargs.pop("metadata", {})}
        super().__init__(metadata=metadata, **kwargs)

    def _serialize(self, value: Any, *_: object, **__: object) -> str | None:  # noqa: ANN401
        return None if value is None else _WEEKDAYS[value]

    def _deserialize(self, value: object, *_: object, **__: object) -> Any:  # noqa: ANN401
        if value not in _WEEKDAYS:
            raise ma.ValidationError(f"Must be one of: {', '.join(_WEEKDAYS)}.")
        return _WEEKDAYS.index(str(value))


class HandoffSchema(Schema):
    """The handoffs of a layer, in the time zone of the schedule."""

    kind = fields.Enum(HandoffKind, by_value=True, required=True)
    every = Whole(
        1,
        LONGEST_TURN,
        metadata={"description": "The hours, days or weeks between two handoffs. 1 by default."},
    )
    weekday = Weekday(
        allow_none=True,
        metadata={
            "description": "The day of weekly handoffs. By default the day of `local_start`."
        },
    )
    at = WallTime(
        allow_none=True,
        metadata={
            "description": (
                "The time of daily and weekly handoffs. By default the time of `local_start`."
            )
        },
    )

    @ma.post_load
    def _make(self, data: dict[str, Any], **_: object) -> Handoff:
        return Handoff(**data)


class HoursSchema(Schema):
    """Daily hours. They may extend past midnight; two equal times mean a whole day."""

    weekdays = fields.List(
        Weekday(),
        required=True,
        validate=validate.Length(1, len(_WEEKDAYS)),
        metadata={"description": "The days on which the hours begin."},
    )
    begin = WallTime(data_key="from", required=True)
    end = WallTime(data_key="until", required=True)

    @ma.post_load
    def _make(self, data: dict[str, Any], **_: object) -> Hours:
        return Hours(**{**data, "weekdays": frozenset(data["weekdays"])})

    @ma.pre_dump
    def _in_order(self, hours: Hours, **_: object) -> dict[str, object]:
        return {"weekdays": sorted(hours.weekdays), "begin": hours.begin, "end": hours.end}


class LayerSchema(Schema):
    contact_ids = fields.List(
        fields.UUID(),
        required=True,
        validate=validate.Length(1, MOST_TURNS),
        metadata={
            "description": (
                "The contacts in the order of the rotation. A contact may occur several times."
            )
        },
    )
    local_start = LocalTime(
        required=True,
        metadata={"description": "The start of the first shift, in the time zone of the schedule."},
    )
    handoff = fields.Nested(HandoffSchema, required=True)
    hours = fields.List(
        fields.Nested(HoursSchema),
        validate=validate.Length(max=MOST_HOURS),
        metadata={"description": "The hours in which the layer applies. Always by default."},
    )

    @ma.post_load
    def _make(self, data: dict[str, Any], **_: object) -> LayerValues:
        return LayerValues(**data)


class OnCallScheduleFields(Schema):
    name = Line(longest=100, required=True)
    time_zone = fields.String(
        validate=validate.Length(1, 100),
        metadata={"description": "An IANA time zone. UTC by default."},
    )
    layers = fields.List(
        fields.Nested(LayerSchema),
        required=True,
        validate=validate.Length(1, MOST_LAYERS),
        metadata={
            "description": (
                "The layers. The last layer that has a contact at a time determines who is on duty."
            )
        },
    )


@example(
    {
        "name": "Weekly",
        "time_zone": "Europe/Berlin",
        "layers": [
            {
                "contact_ids": [IDS["contact"]],
                "local_start": "2026-01-05T09:00:00",
                "handoff": {"kind": "weekly", "weekday": "monday", "at": "09:00"},
            }
        ],
    }
)
class OnCallScheduleCreateSchema(OnCallScheduleFields):
    @ma.post_load
    def _make(self, data: dict[str, Any], **_: object) -> ScheduleValues:
        return ScheduleValues(**data)


@example({"time_zone": "Europe/London"})
class OnCallScheduleChangeSchema(OnCallScheduleFields):
    """A partial change of an on-call schedule. Given layers replace all."""


class OnCallScheduleItemSchema(ViewSchema, OnCallScheduleFields):
    record = "schedule"

    id = fields.UUID(attribute="public_id", required=True)
    created_at = Timestamp(required=True)
    updated_at = Timestamp(required=True)


class OnCallScheduleSchema(OnCallScheduleItemSchema):
    escalation_policy_ids = fields.List(fields.UUID(), required=True)


OnCallSchedulePageSchema = page_of(OnCallScheduleItemSchema, "OnCallSchedulePage")


class ShiftsQuery(SpanQuery):
    """The span of the shifts. By default 30 days from now; at most 90 days."""


class ShiftSchema(Schema):
    start = Timestamp(data_key="from", required=True)
    end = Timestamp(data_key="to", required=True)
    contact_id = fields.UUID(
        required=True,
        allow_none=True,
        metadata={"description": "The contact on duty. Null: nobody is on duty."},
    )
    contact_name = fields.String(required=True, allow_none=True)


class ShiftsSchema(Schema):
    items = fields.List(
        fields.Nested(ShiftSchema),
        required=True,
        metadata={
            "description": (
                "The shifts without gaps. The first and the last are cut to the requested span."
            )
        },
    )


class OnDutyQuery(Schema):
    at = Timestamp(metadata={"description": "The time to look up. Now by default."})


class OnDutySchema(Schema):
    at = Timestamp(required=True)
    contact_id = fields.UUID(
        required=True,
        allow_none=True,
        metadata={"description": "The contact on duty. Null: nobody is on duty."},
    )
    contact_name = fields.String(required=True, allow_none=True)
    until = Timestamp(
        required=True,
        allow_none=True,
        metadata={
            "description": "The time of the next change. Null: nothing changes within 90 days."
        },
    )


@example(
    {"contact_id": IDS["contact"], "from": "2036-01-04T09:00:00Z", "to": "2036-01-07T09:00:00Z"}
)
class OverrideCreateSchema(Schema):
    contact_id = fields.UUID(required=True)
    start = Timestamp(
        data_key="from", metadata={"description": "The start of the override. Now by default."}
    )
    end = Timestamp(data_key="to", required=True)

    @ma.post_load
    def _make(self, data: dict[str, Any], **_: object) -> OverrideValues:
        return OverrideValues(**data)


class OverrideQuery(PageQuery, SpanQuery):
    """The overrides that overlap this span."""


class OverrideSchema(Schema):
    id = fields.UUID(attribute="override.public_id", required=True)
    contact_id = fields.UUID(required=True)
    start = Timestamp(attribute="override.starts_at", data_key="from", required=True)
    end = Timestamp(attribute="override.ends_at", data_key="to", required=True)
    created_at = Timestamp(attribute="override.created_at", required=True)


OverridePageSchema = page_of(OverrideSchema, "OnCallOverridePage")
