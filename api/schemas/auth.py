"""Accounts and tokens as they come in and go out."""

from marshmallow import fields, validate

from api.schemas.base import Line, Schema
from models.organization import Role
from security.passwords import LONGEST, SHORTEST

_LONGEST_EMAIL = 254


class RegistrationSchema(Schema):
    email = Line(longest=_LONGEST_EMAIL, required=True, metadata={"format": "email"})
    password = fields.String(
        required=True, load_only=True, validate=validate.Length(SHORTEST, LONGEST)
    )
    organization_name = Line(longest=100, required=True)


class LoginSchema(Schema):
    email = fields.String(required=True, validate=validate.Length(1, _LONGEST_EMAIL))
    password = fields.String(required=True, load_only=True, validate=validate.Length(1, LONGEST))


class RefreshSchema(Schema):
    refresh_token = fields.String(required=True, load_only=True, validate=validate.Length(1, 256))


class TokensSchema(Schema):
    """Send the access token with each request; the refresh token once, for the next pair."""

    access_token = fields.String(required=True)
    token_type = fields.String(required=True, validate=validate.Equal("Bearer"))
    expires_in = fields.Integer(required=True, metadata={"description": "Seconds."})
    refresh_token = fields.String(required=True)


class UserSchema(Schema):
    id = fields.UUID(attribute="public_id", required=True)
    email = fields.String(required=True)


class OrganizationSchema(Schema):
    id = fields.UUID(attribute="public_id", required=True)
    name = fields.String(required=True)


class ProfileSchema(Schema):
    user = fields.Nested(UserSchema, required=True)
    organization = fields.Nested(OrganizationSchema, required=True)
    role = fields.Enum(Role, by_value=True, required=True)
