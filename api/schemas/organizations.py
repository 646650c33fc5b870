"""The organization as it comes in and goes out."""

from marshmallow import fields, validate

from api.schemas.accounts import PasswordProofSchema
from api.schemas.base import Flag, Schema
from domain.machines import SCHEMES


class OrganizationChangeSchema(Schema):
    """Only what is given is changed."""

    require_encryption = Flag(
        metadata={"description": "Answer history only encrypted, whatever `Accept` says."}
    )
    machine_schemes = fields.List(
        fields.String(validate=validate.OneOf(SCHEMES)),
        validate=validate.Length(max=len(SCHEMES)),
        metadata={
            "description": "How its machines may prove who they are; a change ends their tokens."
        },
    )


class OrganizationDeletionSchema(PasswordProofSchema):
    """What shows that it is meant: the password of who asks, and the name of the organization."""

    name = fields.String(required=True, validate=validate.Length(1, 100))


class OrganizationSettingsSchema(Schema):
    id = fields.UUID(attribute="public_id", required=True)
    name = fields.String(required=True)
    require_encryption = fields.Boolean(required=True)
    machine_schemes = fields.List(fields.String(), required=True)
