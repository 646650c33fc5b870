"""Schemas of logins and tokens."""

from marshmallow import fields, validate

from api.request.example_ids import IDS
from api.schemas.accounts import LONGEST_EMAIL, code_field
from api.schemas.base import Schema
from api.schemas.examples import PASSWORD, example
from api.schemas.passkeys import credential_field
from domain.permissions import Role
from security.login.passwords import LONGEST


@example({"email": "ada@example.com", "password": PASSWORD})
class LoginSchema(Schema):
    email = fields.String(required=True, validate=validate.Length(1, LONGEST_EMAIL))
    password = fields.String(required=True, load_only=True, validate=validate.Length(1, LONGEST))
    code = code_field(required=False)
    passkey = credential_field(required=False)
    organization_id = fields.UUID(
        metadata={
            "description": (
                "The organization to act for. By default the one of the oldest membership."
            )
        }
    )
    refresh_token = fields.String(
        load_only=True,
        validate=validate.Length(1, 256),
        metadata={
            "description": (
                "A refresh token from an earlier login to this account on this device. It"
                " may be used or expired. With it, failed logins on other devices do not"
                " delay this one."
            )
        },
    )


@example({"refresh_token": "dtr_…"})
class RefreshSchema(Schema):
    refresh_token = fields.String(required=True, load_only=True, validate=validate.Length(1, 256))


@example({"refresh_token": "dtr_…", "organization_id": IDS["organization"]})
class SwitchSchema(RefreshSchema):
    organization_id = fields.UUID(required=True)


class TokensSchema(Schema):
    """A pair of tokens.

    Send the access token with each request, and the refresh token once, for the next pair.
    """

    access_token = fields.String(required=True)
    token_type = fields.String(required=True, validate=validate.Equal("Bearer"))
    expires_in = fields.Integer(
        required=True, metadata={"description": "The lifetime of the access token, in seconds."}
    )
    refresh_token = fields.String(required=True)


class UserSchema(Schema):
    id = fields.UUID(attribute="public_id", required=True)
    email = fields.String(required=True)


class OrganizationNameSchema(Schema):
    id = fields.UUID(attribute="public_id", required=True)
    name = fields.String(required=True)


class MachineSchema(Schema):
    id = fields.UUID(attribute="public_id", required=True)
    name = fields.String(required=True)


class ProfileSchema(Schema):
    user = fields.Nested(UserSchema, required=True)
    organization = fields.Nested(OrganizationNameSchema, required=True)
    role = fields.Enum(Role, by_value=True, required=True)
    permissions = fields.List(fields.String(), required=True)
    machine = fields.Nested(
        MachineSchema,
        required=True,
        allow_none=True,
        metadata={
            "description": (
                "The API key or service account that makes the request. The user is"
                " responsible for it."
            )
        },
    )


class MembershipSchema(Schema):
    organization = fields.Nested(OrganizationNameSchema, required=True)
    role = fields.Enum(Role, by_value=True, required=True)


class LoginTokensSchema(TokensSchema):
    organizations = fields.List(fields.Nested(MembershipSchema), required=True)
