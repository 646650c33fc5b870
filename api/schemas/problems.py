"""The schema of errors in the OpenAPI document."""

from marshmallow import fields

from api.schemas.base import Schema


class ProblemSchema(Schema):
    """A problem (RFC 9457)."""

    type = fields.String(required=True)
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    detail = fields.String()
    errors = fields.Dict(
        keys=fields.String(),
        values=fields.List(fields.String()),
        metadata={"description": "The errors, by the path of the field."},
    )
    limit = fields.String(metadata={"description": "The name of the limit that has no room."})
    allowed = fields.Integer(metadata={"description": "The value of the limit."})
    used = fields.Integer(metadata={"description": "What is used of the limit."})
    plan = fields.String(metadata={"description": "The plan that sets the limit."})
    request_id = fields.String(required=True)
