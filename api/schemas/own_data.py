"""Schemas of the personal data that is stored about a user."""

from marshmallow import fields

from api.schemas.accounts import LoginHistorySchema
from api.schemas.auth import OrganizationNameSchema
from api.schemas.base import Schema, Timestamp
from domain.permissions import Role


class OwnUserSchema(Schema):
    id = fields.UUID(attribute="public_id", required=True)
    email = fields.String(required=True)
    created_at = Timestamp(required=True)


class OwnMembershipSchema(Schema):
    organization = fields.Nested(OrganizationNameSchema, required=True)
    role = fields.Enum(Role, by_value=True, required=True)


class OwnSessionSchema(Schema):
    id = fields.UUID(attribute="public_id", required=True)
    address = fields.String(required=True)
    agent = fields.String(required=True)
    created_at = Timestamp(required=True)
    last_seen_at = Timestamp(required=True)


class OwnMachineSchema(Schema):
    id = fields.UUID(attribute="public_id", required=True)
    name = fields.String(required=True)
    created_at = Timestamp(required=True)


class OwnInvitationSchema(Schema):
    id = fields.UUID(attribute="public_id", required=True)
    email = fields.String(required=True)
    created_at = Timestamp(required=True)


class OwnViewSchema(Schema):
    id = fields.UUID(attribute="public_id", required=True)
    name = fields.String(required=True)
    query = fields.String(
        required=True, metadata={"description": "The search, the filters and the order."}
    )
    created_at = Timestamp(required=True)


class OwnDataSchema(Schema):
    """All data that is stored about a user, except hashes of secrets."""

    user = fields.Nested(OwnUserSchema, required=True)
    memberships = fields.List(fields.Nested(OwnMembershipSchema), required=True)
    sessions = fields.List(fields.Nested(OwnSessionSchema), required=True)
    api_keys = fields.List(fields.Nested(OwnMachineSchema), required=True)
    service_accounts = fields.List(fields.Nested(OwnMachineSchema), required=True)
    invitations = fields.List(fields.Nested(OwnInvitationSchema), required=True)
    logins = fields.List(fields.Nested(LoginHistorySchema), required=True)
    passkeys = fields.List(fields.Nested(OwnMachineSchema), required=True)
    saved_views = fields.List(
        fields.Nested(OwnViewSchema),
        required=True,
        metadata={"description": "Saved views of lists of monitors, in all organizations."},
    )
    records = fields.Dict(
        keys=fields.String(),
        values=fields.List(fields.Dict(keys=fields.String())),
        required=True,
        metadata={"description": "All rows of the user by table, in all organizations."},
    )
