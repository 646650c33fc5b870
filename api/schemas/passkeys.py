"""Schemas of passkeys."""

from marshmallow import fields, validate

from api.schemas.base import Line, Schema, Timestamp
from api.schemas.examples import example

LONGEST_NAME = 100
_CREATED = {
    "id": "AQIDBA",
    "rawId": "AQIDBA",
    "type": "public-key",
    "response": {"clientDataJSON": "e30", "attestationObject": "oA"},
}
_USED = {
    "id": "AQIDBA",
    "rawId": "AQIDBA",
    "type": "public-key",
    "response": {"clientDataJSON": "e30", "authenticatorData": "AA", "signature": "AA"},
}


def _name(*, required: bool) -> Line:
    return Line(longest=LONGEST_NAME, required=required)


def credential_field(*, required: bool) -> fields.Dict:
    """Return a field for what a browser answers: `credential.toJSON()`."""
    return fields.Dict(
        keys=fields.String(),
        required=required,
        load_only=True,
        metadata={
            "description": "The `PublicKeyCredential` of the browser, by its method `toJSON()`."
        },
    )


@example({"name": "Laptop", "credential": _CREATED})
class PasskeyCreateSchema(Schema):
    name = _name(required=True)
    credential = credential_field(required=True)


@example({"name": "Phone"})
class PasskeyChangeSchema(Schema):
    name = _name(required=False)


@example({"credential": _USED})
class PasskeyLoginSchema(Schema):
    credential = credential_field(required=True)
    refresh_token = fields.String(
        load_only=True,
        validate=validate.Length(1, 256),
        metadata={"description": "A refresh token from an earlier login on this device."},
    )


class PasskeyOptionsSchema(Schema):
    """Options for the browser. They are valid for five minutes, and for one answer."""

    options = fields.Dict(
        keys=fields.String(),
        required=True,
        metadata={
            "description": (
                "The JSON form that `PublicKeyCredential.parseCreationOptionsFromJSON()` or"
                " `parseRequestOptionsFromJSON()` takes."
            )
        },
    )


class PasskeySchema(Schema):
    id = fields.UUID(attribute="public_id", required=True)
    name = fields.String(required=True)
    is_backed_up = fields.Boolean(
        attribute="backed_up",
        required=True,
        metadata={"description": "Whether copies of the key exist on other devices."},
    )
    is_backup_eligible = fields.Boolean(attribute="backup_eligible", required=True)
    created_at = Timestamp(required=True)
    last_used_at = Timestamp(required=True, allow_none=True)


class PasskeyListSchema(Schema):
    items = fields.List(fields.Nested(PasskeySchema), required=True)
