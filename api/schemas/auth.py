"""Logins and tokens as they come in and go out."""

from marshmallow import fields, validate

from api.schemas.accounts import LONGEST_EMAIL, code_field
from api.schemas.base import Schema
from domain.permissions import Role
from security.login.passwords import LONGEST


class LoginSchema(Schema):
    email = fields.String(required=True, validate=validate.Length(1, LONGEST_EMAIL))
    password = fields.String(required=True, load_only=True, validate=validate.Length(1, LONGEST))
    code = code_field(required=False)
    organization_id = fields.UUID(
        metadata={"description": "To act for; the one of the oldest membership if not given."}
    )
    refresh_token = fields.String(
        load_only=True,
        validate=validate.Length(1, 256),
        metadata={
            "description": (
                "Of an earlier login of the account from this device, also one that was used or"
                " has ended: what others get wrong elsewhere does not make this device wait."
            )
        },
    )


class RefreshSchema(Schema):
    refresh_token = fields.String(required=True, load_only=True, validate=validate.Length(1, 256))


class SwitchSchema(RefreshSchema):
    organization_id = fields.UUID(required=True)


class TokensSchema(Schema):
    """Send the access token with each request; the refresh token once, for the next pair."""

    access_token = fields.String(required=True)
    token_type = fields.String(required=True, validate=validate.Equal("Bearer"))
    expires_in = fields.Integer(required=True, metadata={"description": "Seconds."})
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
        metadata={"description": "The key or service account that asks; the user answers for it."},
    )


class MembershipSchema(Schema):
    organization = fields.Nested(OrganizationNameSchema, required=True)
    role = fields.Enum(Role, by_value=True, required=True)


class LoginTokensSchema(TokensSchema):
    organizations = fields.List(fields.Nested(MembershipSchema), required=True)
