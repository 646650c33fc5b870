"""Regions as they go out."""

from marshmallow import fields

from api.schemas.base import Schema, Timestamp


class RegionSchema(Schema):
    name = fields.String(required=True)
    seen_at = Timestamp(
        required=True,
        allow_none=True,
        metadata={"description": "When a worker of it was last heard of, within half a minute."},
    )


class RegionListSchema(Schema):
    items = fields.List(fields.Nested(RegionSchema), required=True)
