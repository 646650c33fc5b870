"""Schemas of service accounts."""

from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from api.schemas.base import Flag, Schema, Timestamp, page_of
from api.schemas.examples import example
from api.schemas.machines import Scopes, name
from domain.machines import AT_THE_TOKEN_ENDPOINT, Scheme
from services.machines.service_accounts import ServiceAccountValues

_MOST_KEYS = 5
_THUMBPRINT = validate.Regexp(
    r"[A-Za-z0-9_-]{43}\Z", error="Must be the SHA-256 of the certificate's DER, in base64url."
)


def _keys(**kwargs: Any) -> fields.List[dict[str, Any]]:  # noqa: ANN401 - marshmallow's
    return fields.List(
        fields.Dict(keys=fields.String()),
        validate=validate.Length(1, _MOST_KEYS),
        metadata={"description": "The public keys as JWKs, for `private_key_jwt`."},
        **kwargs,
    )


def _thumbprint(**kwargs: Any) -> fields.String:  # noqa: ANN401 - marshmallow's
    return fields.String(
        validate=_THUMBPRINT,
        metadata={"description": "The `x5t#S256` of the certificate, for `tls_client_auth`."},
        **kwargs,
    )


@example({"name": "Warehouse", "scheme": "client_secret", "scopes": ["analysis:read"]})
class ServiceAccountCreateSchema(Schema):
    name = name(required=True)
    scheme = fields.Enum(
        Scheme, by_value=True, required=True, validate=validate.OneOf(AT_THE_TOKEN_ENDPOINT)
    )
    scopes = Scopes(required=True)
    keys = _keys()
    certificate_thumbprint = _thumbprint()

    @ma.post_load
    def _make(self, data: dict[str, Any], **_: object) -> ServiceAccountValues:
        return ServiceAccountValues(**data)


@example({"scopes": ["analysis:read", "incident:read"]})
class ServiceAccountChangeSchema(Schema):
    name = name()
    scopes = Scopes()
    keys = _keys()
    certificate_thumbprint = _thumbprint()
    disabled = Flag()


class ServiceAccountSchema(Schema):
    """A service account. Its id is the `client_id`."""

    id = fields.UUID(attribute="account.public_id", required=True)
    name = fields.String(attribute="account.name", required=True)
    scheme = fields.Enum(Scheme, by_value=True, attribute="account.scheme", required=True)
    scopes = fields.List(fields.String(), attribute="account.scopes", required=True)
    keys = fields.List(fields.Dict(), attribute="account.jwks", required=True, allow_none=True)
    certificate_thumbprint = fields.String(
        attribute="account.certificate_thumbprint", required=True, allow_none=True
    )
    disabled = fields.Boolean(attribute="account.disabled", required=True)
    previous_until = Timestamp(attribute="account.previous_until", required=True, allow_none=True)
    last_used_at = Timestamp(attribute="account.last_used_at", required=True, allow_none=True)
    created_at = Timestamp(attribute="account.created_at", required=True)


class NewServiceAccountSchema(ServiceAccountSchema):
    """A new service account. Its secret, if the scheme has one, is shown only in this answer."""

    client_secret = fields.String(attribute="secret", required=True, allow_none=True)


ServiceAccountPageSchema = page_of(ServiceAccountSchema, "ServiceAccountPage")
