"""Schemas of credentials. Secrets are accepted and never returned."""

from typing import Any

import marshmallow as ma
from marshmallow import fields

from api.schemas.base import Line, Schema, Timestamp, ViewSchema, page_of
from api.schemas.examples import example
from probes.auth.registry import SCHEMES
from probes.urls import LONGEST
from services.credential_origins import MOST
from services.credentials.credentials import CredentialValues

_FIELDS = {
    "anyOf": [
        {"$ref": f"#/components/schemas/{scheme.settings.__name__}"} for scheme in SCHEMES.values()
    ],
    "description": "The fields of the scheme.",
}
_CHANGES = {
    "description": (
        "The fields of the scheme. Fields that are not given stay unchanged; `null` removes one."
    ),
    "type": "object",
}
_SHOWN = {
    "description": (
        "The fields of the scheme. Each secret, at any depth, is replaced by `set`"
        " and, if it is set, `fingerprint` and `updated_at`. Equal secrets of an"
        " organization have equal fingerprints."
    ),
    "type": "object",
    "additionalProperties": True,
}


_ORIGINS = (
    "The origins to which the secrets may be sent: scheme, host and port,"
    " without a default port. If there are none, the first monitor that uses the"
    " credential adds the origin of its URL. This requires that the caller has"
    " `credential:write`. Not used by `proxy` and `ca_bundle`."
)


class CredentialFields(Schema):
    name = Line(longest=100, required=True)
    origins = fields.List(
        fields.String(validate=ma.validate.Length(max=LONGEST)),
        validate=ma.validate.Length(max=MOST),
        metadata={"description": _ORIGINS, "example": ["https://shop.example.com"]},
    )


@example(
    {
        "name": "Shop, monitoring user",
        "scheme": "basic",
        "fields": {"username": "monitoring", "password": "secret"},
        "origins": ["https://shop.example.com"],
    }
)
class CredentialCreateSchema(CredentialFields):
    scheme = fields.String(
        required=True,
        metadata={
            "enum": list(SCHEMES),
            "description": "The authentication scheme (docs/reference/authorization.md).",
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


@example({"origins": ["https://shop.example.com", "https://pay.example.com"]})
class CredentialChangeSchema(CredentialFields):
    """A partial change of a credential. The scheme cannot be changed."""

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
        fields.UUID(),
        required=True,
        metadata={"description": "The monitors that use this credential."},
    )


CredentialPageSchema = page_of(CredentialItemSchema, "CredentialPage")
