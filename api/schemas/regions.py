"""Schemas of regions."""

from marshmallow import fields

from api.schemas.base import Schema, Timestamp


class RegionSchema(Schema):
    name = fields.String(required=True)
    seen_at = Timestamp(
        required=True,
        allow_none=True,
        metadata={"description": "The last sign of a worker in the region, to half a minute."},
    )


class RegionListSchema(Schema):
    items = fields.List(fields.Nested(RegionSchema), required=True)
