"""Schemas of projects, and of the roles in them."""

from marshmallow import fields

from api.schemas.base import Line, Schema, Timestamp, ViewSchema, WholeSchema, page_of
from api.schemas.examples import example
from domain.permissions import ProjectRole


class ProjectFields(Schema):
    name = Line(longest=100, required=True)


@example({"name": "Shop"})
class ProjectCreateSchema(ProjectFields):
    pass


@example({"name": "Shop and checkout"})
class ProjectChangeSchema(ProjectFields):
    """The new name of a project."""


class ProjectSchema(ViewSchema, ProjectFields):
    record = "project"

    id = fields.UUID(attribute="public_id", required=True)
    monitors = fields.Integer(
        required=True, metadata={"description": "How many monitors belong to it."}
    )
    created_at = Timestamp(required=True)
    updated_at = Timestamp(required=True)


@example({"role": "operator"})
class ProjectRoleSetSchema(Schema):
    role = fields.Enum(ProjectRole, by_value=True, required=True)
    custom_role_id = fields.UUID(
        allow_none=True, metadata={"description": "The custom role, with the role `custom`."}
    )


class ProjectRoleSchema(Schema):
    """One holder of a role: a team with all its members, or one member."""

    team_id = fields.UUID(attribute="holder.team_id", allow_none=True, required=True)
    member_id = fields.UUID(attribute="holder.member_id", allow_none=True, required=True)
    name = fields.String(
        required=True, metadata={"description": "The name of the team, or the member's address."}
    )
    role = fields.Enum(ProjectRole, by_value=True, required=True)
    custom_role_id = fields.UUID(allow_none=True, required=True)


class ProjectRolesSchema(WholeSchema):
    items = fields.List(fields.Nested(ProjectRoleSchema), required=True)


ProjectPageSchema = page_of(ProjectSchema, "ProjectPage")
