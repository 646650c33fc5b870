"""Schemas of maintenance windows."""

import re
from datetime import datetime
from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from api.schemas.base import Flag, Line, PageQuery, Schema, Timestamp, ViewSchema, Whole, page_of
from api.schemas.examples import example
from domain.maintenance import LONGEST, SHORTEST
from services.maintenance.timing import WantedTimes
from services.maintenance.windows import (
    LONGEST_NAME,
    LONGEST_RECURRENCE,
    LONGEST_TAG,
    MOST_MONITORS,
    MOST_TAGS,
    WindowValues,
)

_LOCAL = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?")
_FIRST_YEAR, _LAST_YEAR = 2000, 2037


class LocalTime(fields.NaiveDateTime):
    """A local time without an offset, in whole seconds."""

    def __init__(self, **kwargs: Any) -> None:  # noqa: ANN401 - marshmallow's
        # OpenAPI's format `date-time` has an offset.
        shown = {"format": "date-time-local", **kwargs.pop("metadata", {})}
        super().__init__(metadata=shown, **kwargs)

    def _serialize(self, value: datetime | None, *_: object, **__: object) -> str | None:
        return None if value is None else value.isoformat(timespec="seconds")

    def _deserialize(self, value: object, *_: object, **__: object) -> datetime:
        if not isinstance(value, str) or not _LOCAL.fullmatch(value):
            raise ma.ValidationError(
                "Must be a local time without an offset, such as 2026-01-31T12:00:00."
            )
        try:
            moment = datetime.fromisoformat(value)
        except ValueError as error:
            raise ma.ValidationError("There is no such time.") from error
        if not _FIRST_YEAR <= moment.year <= _LAST_YEAR:
            raise ma.ValidationError(f"Must be between {_FIRST_YEAR} and {_LAST_YEAR}.")
        return moment


class TimesFields(Schema):
    """The times of a maintenance window."""

    time_zone = fields.String(
        validate=validate.Length(1, 100),
        metadata={"description": "An IANA time zone. UTC by default."},
    )
    local_start = LocalTime(metadata={"description": "The start in local time. Now by default."})
    local_end = LocalTime(
        allow_none=True,
        metadata={
            "description": (
                "The end in local time, for a window that happens once. Give either this or"
                " `duration_seconds`."
            )
        },
    )
    duration_seconds = Whole(
        int(SHORTEST.total_seconds()),
        int(LONGEST.total_seconds()),
        metadata={
            "description": "The duration in elapsed seconds, regardless of changes of the clock."
        },
    )
    recurrence = fields.String(
        allow_none=True,
        validate=validate.Length(1, LONGEST_RECURRENCE),
        metadata={
            "description": "The recurrence: an RRULE (RFC 5545), such as FREQ=WEEKLY;BYDAY=SU."
        },
    )


class WindowFields(TimesFields):
    """The fields of a maintenance window.

    It applies to all monitors that are named by id or by tag, or to all monitors.
    """

    name = Line(longest=LONGEST_NAME, required=True)
    all_monitors = Flag()
    monitor_ids = fields.List(fields.UUID(), validate=validate.Length(max=MOST_MONITORS))
    tags = fields.List(Line(longest=LONGEST_TAG), validate=validate.Length(max=MOST_TAGS))


@example(
    {
        "name": "Backup",
        "time_zone": "Europe/Berlin",
        "local_start": "2026-01-04T03:00:00",
        "duration_seconds": 3600,
        "recurrence": "FREQ=WEEKLY;BYDAY=SU",
        "tags": ["shop"],
    }
)
class MaintenanceWindowCreateSchema(WindowFields):
    @ma.post_load
    def _make(self, data: dict[str, Any], **_: object) -> WindowValues:
        return WindowValues(**data)


@example({"duration_seconds": 7200})
class MaintenanceWindowChangeSchema(WindowFields):
    """A partial change of a maintenance window, which takes effect now.

    A new start without a new end moves the whole window.
    """


class OccurrenceSchema(Schema):
    start = Timestamp(data_key="from", required=True)
    end = Timestamp(data_key="to", required=True)


class MaintenanceWindowItemSchema(ViewSchema, WindowFields):
    record = "window"

    id = fields.UUID(attribute="public_id", required=True)
    active_until = Timestamp(
        required=True,
        allow_none=True,
        metadata={
            "description": "The end of the current occurrence. Null if the window is not active."
        },
    )
    ended_at = Timestamp(
        required=True,
        allow_none=True,
        metadata={"description": "The time at which a user ended the window early."},
    )
    created_at = Timestamp(required=True)
    updated_at = Timestamp(required=True)


class MaintenanceWindowSchema(MaintenanceWindowItemSchema):
    next_occurrences = fields.List(
        fields.Nested(OccurrenceSchema),
        required=True,
        metadata={"description": "The next occurrences, at most ten. An active one is the first."},
    )


@example(
    {
        "time_zone": "Europe/Berlin",
        "local_start": "2026-01-04T03:00:00",
        "duration_seconds": 3600,
        "recurrence": "FREQ=WEEKLY;BYDAY=SU",
    }
)
class MaintenanceTimesSchema(TimesFields):
    @ma.post_load
    def _make(self, data: dict[str, Any], **_: object) -> WantedTimes:
        return WantedTimes(**data)


class MaintenancePreviewSchema(Schema):
    next_occurrences = fields.List(fields.Nested(OccurrenceSchema), required=True)


class MaintenanceWindowQuery(PageQuery):
    active = fields.Boolean(
        metadata={
            "description": (
                "Whether to list only active windows (`true`) or only inactive ones (`false`)."
            )
        }
    )


MaintenanceWindowPageSchema = page_of(MaintenanceWindowItemSchema, "MaintenanceWindowPage")
