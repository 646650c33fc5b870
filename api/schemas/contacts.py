"""Schemas of contacts and contact groups."""

import re
from datetime import time
from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from api.request.example_ids import IDS
from api.schemas.base import Line, Schema, Timestamp, ViewSchema, WholeSchema, page_of
from api.schemas.channels import ChannelInListSchema, ChannelSchema
from api.schemas.examples import example
from domain.evaluation.state import Severity
from services.contacts.channels import MOST
from services.contacts.contacts import ContactValues, QuietHours
from services.contacts.groups import MOST_MEMBERS

_WALL_TIME = re.compile(r"\d{2}:\d{2}")


class WallTime(fields.Time):
    """A local time of day, to the minute."""

    def _serialize(self, value: time | None, *_: object, **__: object) -> str | None:
        return None if value is None else f"{value:%H:%M}"

    def _deserialize(self, value: object, *_: object, **__: object) -> time:
        if not isinstance(value, str) or not _WALL_TIME.fullmatch(value):
            raise ma.ValidationError("Must be a time such as 22:00.")
        try:
            return time.fromisoformat(value)
        except ValueError as error:
            raise ma.ValidationError("There is no such time.") from error


class QuietHoursSchema(WholeSchema):
    """Daily quiet hours in the time zone of the contact. They may extend past midnight."""

    begin = WallTime(data_key="from", required=True)
    end = WallTime(data_key="until", required=True)
    severity = fields.Enum(
        Severity,
        by_value=True,
        data_key="except",
        allow_none=True,
        load_default=None,
        metadata={
            "description": (
                "The lowest severity that notifies during quiet hours. Null: none does."
            )
        },
    )

    @ma.post_load
    def _make(self, data: dict[str, Any], **_: object) -> QuietHours:
        return QuietHours(**data)


class ContactFields(Schema):
    name = Line(longest=100, required=True)
    time_zone = fields.String(
        validate=validate.Length(1, 100),
        metadata={"description": "An IANA time zone. UTC by default."},
    )
    quiet_hours = fields.Nested(
        QuietHoursSchema,
        allow_none=True,
        metadata={"description": "The quiet hours of the contact. Null: none."},
    )


@example({"time_zone": "Europe/Berlin", "channels": [{"id": IDS["channel"]}]})
class ContactChangeSchema(ContactFields):
    """A partial change of a contact.

    Given channels replace all channels. Channels given by id keep their settings.
    """

    channels = fields.List(
        fields.Nested(ChannelInListSchema), required=True, validate=validate.Length(max=MOST)
    )


@example(
    {
        "name": "Ada Lovelace",
        "time_zone": "Europe/London",
        "quiet_hours": {"from": "22:00", "until": "07:00", "except": "down"},
        "channels": [
            {"kind": "email", "address": "ada.lovelace@example.com"},
            {"kind": "slack", "settings": {"url": "https://hooks.slack.com/services/T0/B0/secret"}},
        ],
    }
)
class ContactCreateSchema(ContactChangeSchema):
    @ma.post_load
    def _make(self, data: dict[str, Any], **_: object) -> ContactValues:
        return ContactValues(**data)


class ContactSchema(ContactFields):
    id = fields.UUID(attribute="public_id", required=True)
    channels = fields.List(fields.Nested(ChannelSchema), required=True)
    created_at = Timestamp(required=True)
    updated_at = Timestamp(required=True)

    def get_attribute(self, obj: Any, attr: str, default: Any) -> Any:  # noqa: ANN401
        if attr != "quiet_hours":
            return super().get_attribute(obj, attr, default)
        if obj.quiet_from is None:
            return None
        return QuietHours(begin=obj.quiet_from, end=obj.quiet_until, severity=obj.quiet_except)


class ContactGroupFields(Schema):
    name = Line(longest=100, required=True)
    contact_ids = fields.List(fields.UUID(), validate=validate.Length(max=MOST_MEMBERS))
    project_id = fields.UUID(
        allow_none=True,
        metadata={"description": "The project that it belongs to. Null: only to the organization."},
    )


@example({"name": "Night shift", "contact_ids": [IDS["contact"]]})
class ContactGroupCreateSchema(ContactGroupFields):
    pass


@example({"contact_ids": [IDS["contact"]]})
class ContactGroupChangeSchema(ContactGroupFields):
    """A partial change of a contact group. Given contacts replace all contacts."""


class ContactGroupItemSchema(ViewSchema, ContactGroupFields):
    record = "group"

    id = fields.UUID(attribute="public_id", required=True)
    created_at = Timestamp(required=True)
    updated_at = Timestamp(required=True)


class ContactGroupSchema(ContactGroupItemSchema):
    monitor_ids = fields.List(fields.UUID(), required=True)


ContactPageSchema = page_of(ContactSchema, "ContactPage")
ContactGroupPageSchema = page_of(ContactGroupItemSchema, "ContactGroupPage")
