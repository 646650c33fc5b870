"""Event subscriptions as they come in and go out."""

from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from api.schemas.base import Line, Schema, Timestamp, page_of
from api.schemas.machines import LONGEST_OVERLAP_SECONDS
from services.events.emit import PATTERNS
from services.subscriptions.subscriptions import SubscriptionValues


class EventSubscriptionFields(Schema):
    name = Line(longest=100, required=True)
    events = fields.List(
        fields.String(validate=validate.OneOf(PATTERNS)),
        required=True,
        validate=validate.Length(1, len(PATTERNS)),
        metadata={"description": "Names, all of a noun such as `incident.*`, or `*`."},
    )


class EventSubscriptionChangeSchema(EventSubscriptionFields):
    """Only what is given is changed."""

    url = fields.String(
        required=True,
        validate=validate.Length(1, 2000),
        metadata={
            "description": "Where events are posted to; never shown again.",
            "writeOnly": True,
        },
    )


class EventSubscriptionCreateSchema(EventSubscriptionChangeSchema):
    secret = fields.String(
        validate=validate.Length(1, 200),
        metadata={
            "description": "`whsec_` and 24 to 64 bytes in base64; made if not given.",
            "writeOnly": True,
        },
    )

    @ma.post_load
    def _make(self, data: dict[str, Any], **_: object) -> SubscriptionValues:
        return SubscriptionValues(**data)


class EventSubscriptionSchema(EventSubscriptionFields):
    id = fields.UUID(attribute="public_id", required=True)
    address = fields.String(
        required=True, metadata={"description": "The host of the URL, and its fingerprint."}
    )
    public_key = fields.Method(
        "_public_key",
        required=True,
        metadata={"type": "string", "description": "`whpk_…`, for signatures `v1a`."},
    )
    rotating = fields.Method(
        "_rotating",
        required=True,
        metadata={"type": "boolean", "description": "Whether an older secret and key sign, too."},
    )
    previous_until = Timestamp(
        required=True,
        allow_none=True,
        metadata={"description": "Until when they do, if the rotation is not ended before."},
    )
    disabled_at = Timestamp(required=True, allow_none=True)
    disabled_reason = fields.String(required=True, allow_none=True)
    created_at = Timestamp(required=True)
    updated_at = Timestamp(required=True)

    def get_attribute(self, obj: Any, attr: str, default: Any) -> Any:  # noqa: ANN401
        """Look at the subscription first, then at its channel."""
        if attr == "secret":
            return obj.secret.get_secret_value() if obj.secret else default
        found = getattr(obj.subscription, attr, default)
        return getattr(obj.channel, attr, default) if found is default else found

    def _public_key(self, view: Any) -> str:  # noqa: ANN401 - marshmallow's
        return str(view.channel.shown["public_key"])

    def _rotating(self, view: Any) -> bool:  # noqa: ANN401 - marshmallow's
        shown = view.channel.shown
        return any(shown[name].get("set") for name in ("old_secret", "old_signing_key"))


class EventSubscriptionSecretSchema(EventSubscriptionSchema):
    """With the secret, which is shown this once."""

    secret = fields.String(
        required=True, metadata={"description": "`whsec_…`, for signatures `v1`."}
    )


class RotationQuery(Schema):
    """How a secret is renewed."""

    overlap_seconds = fields.Integer(
        load_default=86_400,
        validate=validate.Range(0, LONGEST_OVERLAP_SECONDS),
        metadata={"description": "How long the present secret and key sign beside the new ones."},
    )


class EventNameSchema(Schema):
    name = fields.String(required=True)
    description = fields.String(required=True)


class EventNamesSchema(Schema):
    items = fields.List(fields.Nested(EventNameSchema), required=True)


EventSubscriptionPageSchema = page_of(EventSubscriptionSchema, "EventSubscriptionPage")
