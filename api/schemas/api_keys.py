"""Schemas of API keys."""

from typing import Any

import marshmallow as ma
from marshmallow import fields

from api.schemas.base import Schema, Timestamp, page_of
from api.schemas.examples import example
from api.schemas.machines import Scopes, name, networks
from services.machines.api_keys import ApiKeyValues


@example({"name": "Deployment", "scopes": ["monitor:read", "maintenance:write"]})
class ApiKeyCreateSchema(Schema):
    name = name(required=True)
    scopes = Scopes(required=True)
    networks = networks(
        metadata={
            "description": "The networks from which the key may be used. Any network if empty."
        }
    )
    expires_at = Timestamp(
        metadata={"description": "The expiry. 90 days ahead by default, and at most 400 days."}
    )

    @ma.post_load
    def _make(self, data: dict[str, Any], **_: object) -> ApiKeyValues:
        return ApiKeyValues(**data)


@example({"networks": ["192.0.2.0/24"]})
class ApiKeyChangeSchema(Schema):
    name = name()
    scopes = Scopes()
    networks = networks()


class ApiKeySchema(Schema):
    id = fields.UUID(attribute="key.public_id", required=True)
    name = fields.String(attribute="key.name", required=True)
    prefix = fields.Function(
        lambda view: f"dtm_{view.key.key_id}", metadata={"type": "string"}, required=True
    )
    scopes = fields.List(fields.String(), attribute="key.scopes", required=True)
    networks = fields.List(fields.String(), attribute="key.networks", required=True)
    expires_at = Timestamp(
        required=True,
        metadata={
            "description": "The policy of the organization may end a key earlier than asked."
        },
    )
    previous_until = Timestamp(
        allow_none=True,
        required=True,
        metadata={
            "description": (
                "The time until which the secret before the last rotation remains valid."
            )
        },
    )
    last_used_at = Timestamp(
        attribute="key.last_used_at",
        allow_none=True,
        required=True,
        metadata={"description": "The last use, to the minute."},
    )
    created_at = Timestamp(attribute="key.created_at", required=True)


class NewApiKeySchema(ApiKeySchema):
    """A new API key. The key itself is shown only in this answer."""

    key = fields.String(attribute="text", required=True)


ApiKeyPageSchema = page_of(ApiKeySchema, "ApiKeyPage")
