"""Schemas of teams and of custom roles."""

from marshmallow import fields, validate

from api.request.example_ids import IDS
from api.schemas.base import Line, Schema, Timestamp, ViewSchema, page_of
from api.schemas.examples import example
from domain.permissions import MAY_BE_CUSTOM, Permission
from services.teams.teams import MOST_MEMBERS


class TeamFields(Schema):
    name = Line(longest=100, required=True)
    member_ids = fields.List(fields.UUID(), validate=validate.Length(max=MOST_MEMBERS))


@example({"name": "Shop", "member_ids": [IDS["member"]]})
class TeamCreateSchema(TeamFields):
    pass


@example({"member_ids": [IDS["member"]]})
class TeamChangeSchema(TeamFields):
    """A partial change of a team. Given members replace all members."""


class TeamSchema(ViewSchema, TeamFields):
    record = "team"

    id = fields.UUID(attribute="public_id", required=True)
    created_at = Timestamp(required=True)
    updated_at = Timestamp(required=True)


class CustomRoleFields(Schema):
    name = Line(longest=100, required=True)
    permissions = fields.List(
        fields.String(),
        required=True,
        validate=validate.Length(1, len(Permission)),
        metadata={"description": f"Any of: {', '.join(sorted(MAY_BE_CUSTOM))}."},
    )


@example({"name": "Night shift", "permissions": ["incident:read", "incident:write"]})
class CustomRoleCreateSchema(CustomRoleFields):
    pass


@example({"permissions": ["incident:read"]})
class CustomRoleChangeSchema(CustomRoleFields):
    """A partial change of a custom role. It applies to all its holders at once."""


class CustomRoleSchema(CustomRoleFields):
    id = fields.UUID(attribute="public_id", required=True)
    created_at = Timestamp(required=True)
    updated_at = Timestamp(required=True)


TeamPageSchema = page_of(TeamSchema, "TeamPage")
CustomRolePageSchema = page_of(CustomRoleSchema, "CustomRolePage")
