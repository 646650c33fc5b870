"""Recipients as they come in and go out, and how a query names one."""

from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from api.schemas.base import Line, Schema, Timestamp, page_of
from models.recipient import RecipientState
from services.recipients.recipients import RecipientValues

_JWK = {
    "description": (
        "A public key (RFC 7517): EC on P-256 or P-384, OKP X25519, or RSA of 2048 to 8192 bits."
    ),
    "type": "object",
    "additionalProperties": True,
}


class RecipientQuery(Schema):
    recipient = fields.UUID(
        metadata={"description": "Encrypt the answer to this recipient (docs/guide/encryption.md)."}
    )


class RecipientFields(Schema):
    name = Line(longest=100, required=True)
    expires_at = Timestamp(
        allow_none=True, metadata={"description": "From then on nothing is encrypted to it."}
    )


class RecipientCreateSchema(RecipientFields):
    jwk = fields.Dict(keys=fields.String(), required=True, metadata=_JWK)

    @ma.post_load
    def _make(self, data: dict[str, Any], **_: object) -> RecipientValues:
        return RecipientValues(**data)


class RecipientChangeSchema(RecipientFields):
    """Only what is given is changed. The key stays."""


class ProofSchema(Schema):
    answer = fields.String(
        required=True,
        validate=validate.Length(1, 200),
        metadata={"description": "The text that the challenge holds."},
    )


class RecipientSchema(Schema):
    id = fields.UUID(attribute="recipient.public_id", required=True)
    name = fields.String(attribute="recipient.name", required=True)
    state = fields.Enum(
        RecipientState,
        by_value=True,
        required=True,
        metadata={"description": "One that has expired is retired."},
    )
    thumbprint = fields.String(
        attribute="recipient.thumbprint",
        required=True,
        metadata={"description": "The `kid` of what is encrypted to it (RFC 7638)."},
    )
    algorithm = fields.String(attribute="recipient.algorithm", required=True)
    jwk = fields.Dict(required=True, metadata=_JWK)
    expires_at = Timestamp(attribute="recipient.expires_at", required=True, allow_none=True)
    created_at = Timestamp(attribute="recipient.created_at", required=True)
    activated_at = Timestamp(attribute="recipient.activated_at", required=True, allow_none=True)
    retired_at = Timestamp(attribute="recipient.retired_at", required=True, allow_none=True)


class ChallengedRecipientSchema(RecipientSchema):
    challenge = fields.String(
        required=True,
        metadata={"description": "A compact JWE. Decrypt it, and send back what it holds."},
    )
    challenge_ends_at = Timestamp(attribute="recipient.challenge_ends_at", required=True)


RecipientPageSchema = page_of(RecipientSchema, "RecipientPage")
