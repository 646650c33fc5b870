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
    request_id = fields.String(required=True)
