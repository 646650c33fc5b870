"""Schemas of exports of all data of a person or an organization."""

from marshmallow import fields, validate

from api.schemas.base import Schema
from api.schemas.examples import PASSWORD, example
from security.login.passwords import LONGEST


@example({"current_password": PASSWORD})
class DataExportSchema(Schema):
    current_password = fields.String(
        required=True, load_only=True, validate=validate.Length(1, LONGEST)
    )
    recipient = fields.String(
        load_default=None,
        allow_none=True,
        validate=validate.Length(1, 100),
        metadata={
            "description": (
                "A public key of age, such as `age1…`, that the file is encrypted for. Without it,"
                " the file is a plain zip."
            )
        },
    )
