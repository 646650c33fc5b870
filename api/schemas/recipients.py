"""Schemas of recipients, and of queries that name one."""

from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from api.schemas.base import Line, Schema, Timestamp, page_of
from api.schemas.examples import example
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
        metadata={
            "description": "The recipient to encrypt the answer to (docs/guide/encryption.md)."
        }
    )


class RecipientFields(Schema):
    name = Line(longest=100, required=True)
    expires_at = Timestamp(
        allow_none=True,
        metadata={"description": "The time after which nothing is encrypted to this recipient."},
    )


@example(
    {
        "name": "Warehouse",
        "jwk": {"kty": "OKP", "crv": "X25519", "x": "hSDwCYkwp1R0i33ctD73Wg2_Og0mOBr066SpjqqbTmo"},
    }
)
class RecipientCreateSchema(RecipientFields):
    jwk = fields.Dict(keys=fields.String(), required=True, metadata=_JWK)

    @ma.post_load
    def _make(self, data: dict[str, Any], **_: object) -> RecipientValues:
        return RecipientValues(**data)


@example({"name": "Warehouse, 2036"})
class RecipientChangeSchema(RecipientFields):
    """A partial change of a recipient. The key cannot be changed."""


@example({"answer": "The text inside the challenge"})
class ProofSchema(Schema):
    answer = fields.String(
        required=True,
        validate=validate.Length(1, 200),
        metadata={"description": "The text that the challenge contains."},
    )


class RecipientSchema(Schema):
    id = fields.UUID(attribute="recipient.public_id", required=True)
    name = fields.String(attribute="recipient.name", required=True)
    state = fields.Enum(
        RecipientState,
        by_value=True,
        required=True,
        metadata={"description": "The state. An expired recipient is retired."},
    )
    thumbprint = fields.String(
        attribute="recipient.thumbprint",
        required=True,
        metadata={
            "description": (
                "The `kid` of documents that are encrypted to this recipient (RFC 7638)."
            )
        },
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
        metadata={
            "description": "A compact JWE. Decrypt it, and return its content as the answer."
        },
    )
    challenge_ends_at = Timestamp(attribute="recipient.challenge_ends_at", required=True)


RecipientPageSchema = page_of(RecipientSchema, "RecipientPage")
