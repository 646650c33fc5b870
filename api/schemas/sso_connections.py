"""Schemas of connections to identity providers."""

from marshmallow import fields, validate

from api.schemas.base import Line, Schema, Timestamp, page_of
from api.schemas.examples import example
from domain.permissions import Role
from server.resources import resources
from services.sso.connections import MOST_GROUPS, NOT_BY_MAP
from services.sso.logins import callback, logout

_ROLES = sorted(set(Role) - NOT_BY_MAP)


class SsoConnectionFields(Schema):
    name = Line(longest=100, required=True)
    issuer = Line(
        longest=500,
        required=True,
        metadata={"description": "The issuer, exactly as its metadata and its tokens name it."},
    )
    client_id = Line(longest=255, required=True)
    scopes = fields.List(
        fields.String(validate=validate.Regexp(r"\A[!#-\[\]-~]{1,100}\Z")),
        validate=validate.Length(max=20),
        metadata={"description": "Scopes beside `openid`, `email` and `profile`."},
    )
    groups_claim = Line(longest=100, metadata={"description": "The claim that lists the groups."})
    role_map = fields.Dict(
        keys=fields.String(validate=validate.Length(1, 255)),
        values=fields.String(validate=validate.OneOf(_ROLES)),
        validate=validate.Length(max=MOST_GROUPS),
        metadata={"description": "The role of each group. Of several, the strongest one counts."},
    )
    default_role = fields.String(
        validate=validate.OneOf(_ROLES),
        metadata={"description": "The role of a new member in none of the groups."},
    )
    verifies_addresses = fields.Boolean(
        metadata={
            "description": "Accept addresses of proven domains without `email_verified`: the"
            " organization gives its people their addresses."
        }
    )
    enabled = fields.Boolean()


class _Secret(SsoConnectionFields):
    client_secret = fields.String(
        required=True, validate=validate.Length(1, 1000), metadata={"format": "password"}
    )


@example(
    {
        "name": "Entra",
        "issuer": "https://login.example.com/tenant/v2.0",
        "client_id": "0f3c1a9e",
        "client_secret": "a-long-secret-of-the-provider",
        "role_map": {"operations": "operator"},
        "default_role": "viewer",
        "verifies_addresses": True,
    }
)
class SsoConnectionCreateSchema(_Secret):
    pass


@example({"default_role": "guest"})
class SsoConnectionChangeSchema(_Secret):
    """A partial change. Another issuer or client ends all identities, with their sessions."""


class SsoConnectionSchema(SsoConnectionFields):
    """A connection, with the addresses to register at the provider."""

    id = fields.UUID(attribute="public_id", required=True)
    redirect_uri = fields.Function(
        lambda row: callback(row, resources().settings.public_url),
        required=True,
        metadata={"type": "string"},
    )
    logout_uri = fields.Function(
        lambda row: logout(row, resources().settings.public_url),
        required=True,
        metadata={"type": "string", "description": "For back-channel logouts."},
    )
    used_at = Timestamp(
        required=True,
        allow_none=True,
        metadata={"description": "When a member last logged in through this connection."},
    )
    created_at = Timestamp(required=True)
    updated_at = Timestamp(required=True)


SsoConnectionPageSchema = page_of(SsoConnectionSchema, "SsoConnectionPage")
