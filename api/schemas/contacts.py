"""Contacts and contact groups as they come in and go out."""

from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from api.schemas.base import Line, Schema, Timestamp, page_of
from models.contact import ChannelKind
from services.contacts import ChannelValues


class ChannelSchema(Schema):
    id = fields.UUID(attribute="public_id", dump_only=True)
    kind = fields.Enum(ChannelKind, by_value=True, required=True)
    address = fields.String(
        required=True,
        validate=validate.Length(1, 320),
        metadata={"description": "An email address, or a phone number such as +14155550123."},
    )

    @ma.post_load
    def _make(self, data: dict[str, Any], **_: object) -> ChannelValues:
        return ChannelValues(**data)

    def get_attribute(self, obj: Any, attr: str, default: Any) -> Any:  # noqa: ANN401
        value = getattr(obj, attr, default)
        return ChannelKind(value) if attr == "kind" else value


class ContactFields(Schema):
    name = Line(longest=100, required=True)
    channels = fields.List(
        fields.Nested(ChannelSchema), required=True, validate=validate.Length(max=20)
    )


class ContactCreateSchema(ContactFields):
    pass


class ContactChangeSchema(ContactFields):
    """Only what is given is changed; given channels replace all."""


class ContactSchema(ContactFields):
    id = fields.UUID(attribute="public_id", required=True)
    created_at = Timestamp(required=True)
    updated_at = Timestamp(required=True)


class ContactGroupFields(Schema):
    name = Line(longest=100, required=True)
    contact_ids = fields.List(fields.UUID(), validate=validate.Length(max=500))


class ContactGroupCreateSchema(ContactGroupFields):
    pass


class ContactGroupChangeSchema(ContactGroupFields):
    """Only what is given is changed; given contacts replace all."""


class ContactGroupItemSchema(ContactGroupFields):
    id = fields.UUID(attribute="public_id", required=True)
    created_at = Timestamp(required=True)
    updated_at = Timestamp(required=True)

    def get_attribute(self, obj: Any, attr: str, default: Any) -> Any:  # noqa: ANN401
        """Look at the view first (contacts, monitors), then at its group."""
        if hasattr(obj, attr):
            return getattr(obj, attr)
        return getattr(obj.group, attr, default)


class ContactGroupSchema(ContactGroupItemSchema):
    monitor_ids = fields.List(fields.UUID(), required=True)


ContactPageSchema = page_of(ContactSchema, "ContactPage")
ContactGroupPageSchema = page_of(ContactGroupItemSchema, "ContactGroupPage")
