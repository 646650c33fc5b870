"""The base of all schemas: strict fields, and pages."""

import re
from datetime import UTC, datetime
from typing import Any, ClassVar

import marshmallow as ma
from marshmallow import fields, validate

from domain.text_lines import is_line

_RFC3339 = re.compile(r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(\.\d{1,9})?([Zz]|[+-]\d{2}:\d{2})")
_FIRST_YEAR, _LAST_YEAR = 2000, 2037
_MOST_VALUES = 50
LONGEST_WORDS = 200
"""The most characters of the words that a search looks for."""


class Schema(ma.Schema):
    """A schema that refuses unknown fields, in bodies and in query strings."""

    class Meta:
        unknown = ma.RAISE


class ViewSchema(Schema):
    """A schema that shows a view of a service.

    An attribute that the view lacks is read from its record. `record` names the attribute of the
    view that contains it.
    """

    record: ClassVar[str]

    def get_attribute(self, obj: Any, attr: str, default: Any) -> Any:  # noqa: ANN401 - marshmallow's
        if hasattr(obj, attr):
            return getattr(obj, attr)
        return getattr(getattr(obj, self.record), attr, default)


class WholeSchema(Schema):
    """A part of a body that is always complete, even in a partial change."""

    def load(self, data: Any, **options: Any) -> Any:  # noqa: ANN401 - marshmallow's
        return super().load(data, **{**options, "partial": False})


class Timestamp(fields.DateTime):
    """A time in RFC 3339, shown in UTC with a `Z`."""

    def _serialize(self, value: datetime | None, *_: object, **__: object) -> str | None:
        return None if value is None else self.shown(value)

    @staticmethod
    def shown(value: datetime) -> str:
        """Return a time in the form that all answers use."""
        return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def _deserialize(self, value: object, *_: object, **__: object) -> datetime:
        if not isinstance(value, str) or not _RFC3339.fullmatch(value):
            raise ma.ValidationError("Must be a time such as 2026-01-31T12:00:00Z.")
        try:
            moment = datetime.fromisoformat(value.upper()).astimezone(UTC)
        except (ValueError, OverflowError) as error:
            raise ma.ValidationError("There is no such time.") from error
        if not _FIRST_YEAR <= moment.year <= _LAST_YEAR:
            raise ma.ValidationError(f"Must be between {_FIRST_YEAR} and {_LAST_YEAR}.")
        return moment


class Line(fields.String):
    """One line of text without control characters. Surrounding space is removed."""

    def __init__(self, *, longest: int, **kwargs: Any) -> None:  # noqa: ANN401 - marshmallow's
        super().__init__(validate=validate.Length(1, longest), **kwargs)

    def _deserialize(self, *args: Any, **kwargs: Any) -> str:  # noqa: ANN401 - marshmallow's
        text = str(super()._deserialize(*args, **kwargs)).strip()
        if not is_line(text):
            raise ma.ValidationError("Must not contain line breaks or control characters.")
        return text


class Whole(fields.Integer):
    """An integer. Text and booleans are refused."""

    def __init__(self, least: int, most: int, **kwargs: Any) -> None:  # noqa: ANN401
        super().__init__(validate=validate.Range(least, most), **kwargs)

    def _deserialize(self, value: object, *_: object, **__: object) -> int:
        if type(value) is not int:
            raise self.make_error("invalid", input=value)
        return value


class Flag(fields.Boolean):
    """A boolean: `true` or `false` only."""

    def _deserialize(self, value: object, *_: object, **__: object) -> bool:
        if not isinstance(value, bool):
            raise self.make_error("invalid", input=value)
        return value


class PageQuery(Schema):
    """The page of a list."""

    limit = fields.Integer(load_default=50, validate=validate.Range(1, 200))
    cursor = fields.String(metadata={"description": "The `next_cursor` of the preceding page."})


class SpanQuery(Schema):
    """A span of time."""

    start = Timestamp(data_key="from")
    end = Timestamp(data_key="to")


def several(each: fields.Field[Any], description: str) -> fields.List[Any]:
    """Return a parameter of which one value of several is enough."""
    return fields.List(
        each,
        validate=validate.Length(max=_MOST_VALUES),
        metadata={"description": f"{description} Repeat it for several."},
    )


def page_of(schema: type[ma.Schema], name: str) -> type[ma.Schema]:
    """Return the schema of a page of items."""
    return Schema.from_dict(
        {
            "items": fields.List(fields.Nested(schema), required=True),
            "next_cursor": fields.String(
                required=True,
                allow_none=True,
                metadata={"description": "The `cursor` of the next page. Null on the last page."},
            ),
        },
        name=name,
    )
