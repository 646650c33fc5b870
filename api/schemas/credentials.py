"""Credentials as they come in and go out: secrets only ever come in."""

from typing import Any

import marshmallow as ma
from marshmallow import fields

from api.schemas.base import Line, Schema, Timestamp, ViewSchema, page_of
from probes.auth.registry import SCHEMES
from probes.urls import LONGEST
from services.credential_origins import MOST
from services.credentials.credentials import CredentialValues

_FIELDS = {
    "anyOf": [
        {"$ref": f"#/components/schemas/{scheme.settings.__name__}"} for scheme in SCHEMES.values()
    ],
    "description": "Those of the scheme.",
}
_CHANGES = {
    "description": "Those of the scheme. What is not given stays, `null` takes a field away.",
    "type": "object",
}
_SHOWN = {
    "description": (
        "Those of the scheme; in place of a secret, at any depth, `set` and, if so, `fingerprint`"
        " (the same for the same secret of an organization) and `updated_at`."
    ),
    "type": "object",
    "additionalProperties": True,
}


_ORIGINS = (
    "Where its secrets may be sent: scheme, host and port of sites, without the port that is usual."
    " While there is none, the first monitor that names the credential names that of its URL,"
    " if whoever makes it has `credential:write`. None for `proxy` and `ca_bundle`."
)


class CredentialFields(Schema):
    name = Line(longest=100, required=True)
    origins = fields.List(
        fields.String(validate=ma.validate.Length(max=LONGEST)),
        validate=ma.validate.Length(max=MOST),
        metadata={"description": _ORIGINS, "example": ["https://shop.example.com"]},
    )


class CredentialCreateSchema(CredentialFields):
    scheme = fields.String(
        required=True,
        metadata={
            "enum": list(SCHEMES),
            "description": "docs/reference/authorization.md lists them.",
        },
    )
    given = fields.Dict(
        keys=fields.String(),
        required=True,
        data_key="fields",
        attribute="fields",
        metadata=_FIELDS,
    )

    @ma.post_load
    def _make(self, data: dict[str, Any], **_: object) -> CredentialValues:
        return CredentialValues(**data)


class CredentialChangeSchema(CredentialFields):
    """Only what is given is changed. The scheme stays."""

    given = fields.Dict(
        keys=fields.String(), data_key="fields", attribute="fields", metadata=_CHANGES
    )


class CredentialItemSchema(ViewSchema, CredentialFields):
    record = "credential"

    id = fields.UUID(attribute="public_id", required=True)
    scheme = fields.String(required=True)
    origins = fields.List(fields.String(), required=True, metadata={"description": _ORIGINS})
    shown = fields.Dict(data_key="fields", required=True, metadata=_SHOWN)
    created_at = Timestamp(required=True)
    updated_at = Timestamp(required=True)


class CredentialSchema(CredentialItemSchema):
    monitor_ids = fields.List(
        fields.UUID(), required=True, metadata={"description": "The monitors that use it."}
    )


CredentialPageSchema = page_of(CredentialItemSchema, "CredentialPage")
