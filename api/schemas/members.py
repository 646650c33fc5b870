"""Schemas of members and invitations."""

from marshmallow import fields, validate

from api.schemas.base import Line, Schema, Timestamp, page_of
from api.schemas.examples import example
from domain.permissions import Role


@example({"role": "operator"})
class MemberChangeSchema(Schema):
    role = fields.Enum(Role, by_value=True, required=True)
    custom_role_id = fields.UUID(
        allow_none=True, metadata={"description": "The custom role, with the role `custom`."}
    )


class MemberSchema(Schema):
    id = fields.UUID(attribute="user.public_id", required=True)
    email = fields.String(attribute="user.email", required=True)
    role = fields.Enum(Role, by_value=True, attribute="membership.role", required=True)
    custom_role_id = fields.UUID(
        attribute="custom_role.public_id", allow_none=True, dump_default=None, required=True
    )
    since = Timestamp(attribute="membership.created_at", required=True)


@example({"email": "grace@example.com", "role": "viewer"})
class InvitationCreateSchema(Schema):
    email = Line(longest=254, required=True, metadata={"format": "email"})
    role = fields.Enum(
        Role,
        by_value=True,
        required=True,
        validate=validate.NoneOf([Role.CUSTOM], error="A custom role is given to a member."),
    )


class InvitationSchema(Schema):
    id = fields.UUID(attribute="public_id", required=True)
    email = fields.String(required=True)
    role = fields.Enum(Role, by_value=True, required=True)
    expires_at = Timestamp(required=True)
    created_at = Timestamp(required=True)


MemberPageSchema = page_of(MemberSchema, "MemberPage")
InvitationPageSchema = page_of(InvitationSchema, "InvitationPage")
