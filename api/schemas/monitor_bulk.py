"""Schemas of the creation of many monitors in one request."""

from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from api.request.json_body import flattened
from api.schemas.base import Schema
from api.schemas.examples import example
from api.schemas.monitors import MonitorCreateSchema, MonitorSchema
from services.errors import Invalid
from services.monitors.values import MonitorValues

MOST_ASSERTIONS = 1000
MOST_CHARACTERS = 64 * 1024
"""The limit for all monitors together, because compiling a pattern or a path takes up to a
millisecond, even if it is refused."""


class _Each(fields.List[Any]):
    """A list in which `Invalid` replaces each invalid item, so that the others can be used."""

    def _deserialize(self, value: Any, *_: object, **__: object) -> list[Any]:  # noqa: ANN401
        if not isinstance(value, list):
            raise self.make_error("invalid")
        assertions = [each for item in value for each in _assertions(item)]
        if len(assertions) > MOST_ASSERTIONS or sum(map(_size, assertions)) > MOST_CHARACTERS:
            raise ma.ValidationError(
                f"All monitors together may have at most {MOST_ASSERTIONS:,} assertions, of"
                f" {MOST_CHARACTERS:,} characters."
            )
        return [self._one(item) for item in value]

    def _one(self, item: object) -> MonitorValues | Invalid:
        try:
            loaded: MonitorValues = self.inner.deserialize(item)
        except ma.ValidationError as error:
            return Invalid(flattened(error.messages))
        return loaded


def _assertions(item: object) -> list[object]:
    """Return the assertions of an item and its steps, which may be invalid in any other way.

    Extractions count as assertions: they are compiled likewise.
    """
    settings = item.get("settings") if isinstance(item, dict) else None
    holders = [settings, *_listed(settings, "steps")]
    return [
        each
        for holder in holders
        for name in ("assertions", "extractions")
        for each in _listed(holder, name)
    ]


def _listed(holder: object, name: str) -> list[object]:
    value = holder.get(name) if isinstance(holder, dict) else None
    return value if isinstance(value, list) else []


def _size(assertion: object) -> int:
    values = assertion.values() if isinstance(assertion, dict) else ()
    return sum(len(each) for each in values if isinstance(each, str))


@example(
    {
        "mode": "each",
        "monitors": [
            {"name": "Shop", "url": "https://shop.example.com/"},
            {"name": "Mail", "kind": "smtp", "url": "smtp://mail.example.com"},
        ],
    }
)
class BulkSchema(Schema):
    mode = fields.String(
        required=True,
        validate=validate.OneOf(["all", "each"]),
        metadata={
            "description": (
                "`all`: create all monitors or none. `each`: create every valid monitor."
            )
        },
    )
    monitors = _Each(
        fields.Nested(MonitorCreateSchema), required=True, validate=validate.Length(1, 500)
    )


class BulkItemSchema(Schema):
    index = fields.Integer(required=True)
    status = fields.Integer(required=True)
    monitor = fields.Nested(MonitorSchema)
    problem = fields.Dict(metadata={"allOf": [{"$ref": "#/components/schemas/Problem"}]})


class BulkResultSchema(Schema):
    items = fields.List(fields.Nested(BulkItemSchema), required=True)
