"""Schemas of channels. Secrets are accepted and never returned."""

from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from api.schemas.base import Schema, Timestamp, Whole, WholeSchema, page_of
from api.schemas.examples import example
from notifiers.registry import KINDS
from services.contacts.channel_settings import LONGEST_OVERLAP
from services.contacts.channels import ChannelValues

_LONGEST_ADDRESS = 320
_ID = "The id of an existing channel, which stays unchanged. No other field may be given with it."
_ADDRESS = "An email address, or a phone number such as +14155550123."
_SETTINGS = {
    "anyOf": [
        {"$ref": f"#/components/schemas/{name}"}
        for name in dict.fromkeys(kind.settings.__name__ for kind in KINDS.values())
    ],
    "description": (
        "The settings of the kind (docs/reference/notifiers.md). Email and phone"
        " need only an `address`."
    ),
}
_CHANGES = {
    "description": (
        "The settings of the kind. Settings that are not given stay unchanged; `null` removes one."
    ),
    "type": "object",
}
_OVERLAP = (
    "The seconds for which a replaced secret remains valid beside the new one. One day by default."
)
_FORMER = "The time until which replaced secrets also sign. Null: there are none."
_SHOWN = {
    "description": (
        "The settings of the kind. Each secret, at any depth, is replaced by `set`"
        " and, if it is set, `fingerprint` and `updated_at`. Equal secrets of an"
        " organization have equal fingerprints."
    ),
    "type": "object",
    "additionalProperties": True,
}


@example({"kind": "email", "address": "ada.lovelace@example.com"})
class ChannelCreateSchema(WholeSchema):
    """A new channel: its kind, with an address or settings."""

    kind = fields.String(required=True, validate=validate.OneOf(list(KINDS)))
    address = fields.String(
        validate=validate.Length(1, _LONGEST_ADDRESS), metadata={"description": _ADDRESS}
    )
    settings = fields.Dict(keys=fields.String(), metadata=_SETTINGS)

    @ma.post_load
    def _make(self, data: dict[str, Any], **_: object) -> ChannelValues:
        return ChannelValues(**data)


class ChannelInListSchema(ChannelCreateSchema):
    """An existing channel, given by its id, or a new one."""

    kind = fields.String(validate=validate.OneOf(list(KINDS)))
    id = fields.UUID(metadata={"description": _ID})

    @ma.validates_schema
    def _either(self, data: dict[str, Any], **_: object) -> None:
        if "id" not in data and "kind" not in data:
            raise ma.ValidationError("Give a kind, or the id of an existing channel.", "kind")
        if "id" in data and len(data) > 1:
            raise ma.ValidationError("A channel given by its id takes no other fields.", "id")


@example({"settings": {"content_type": "text/plain"}})
class ChannelChangeSchema(Schema):
    settings = fields.Dict(keys=fields.String(), metadata=_CHANGES)
    overlap_seconds = Whole(
        0, int(LONGEST_OVERLAP.total_seconds()), metadata={"description": _OVERLAP}
    )


class ChannelSchema(Schema):
    """One way to reach a contact."""

    id = fields.UUID(attribute="public_id", required=True)
    kind = fields.String(required=True, metadata={"enum": list(KINDS)})
    address = fields.String(
        required=True, metadata={"description": "The destination of the channel, without secrets."}
    )
    shown = fields.Dict(data_key="settings", required=True, metadata=_SHOWN)
    confirmed_at = Timestamp(
        required=True,
        allow_none=True,
        metadata={
            "description": (
                "The time of the opt-in. Null: nothing is sent until the recipient agrees."
            )
        },
    )
    confirmation_sent_at = Timestamp(required=True, allow_none=True)
    previous_until = Timestamp(required=True, allow_none=True, metadata={"description": _FORMER})
    disabled_at = Timestamp(
        required=True,
        allow_none=True,
        metadata={
            "description": (
                "The time since which the channel is disabled. Nothing is sent until it is enabled."
            )
        },
    )
    disabled_reason = fields.String(required=True, allow_none=True)
    created_at = Timestamp(required=True)
    updated_at = Timestamp(required=True)


ChannelPageSchema = page_of(ChannelSchema, "ChannelPage")
