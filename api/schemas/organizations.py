"""Schemas of the organization."""

from marshmallow import fields, validate

from api.schemas.accounts import PasswordProofSchema
from api.schemas.base import Flag, Schema
from api.schemas.examples import PASSWORD, example
from domain.machines import SCHEMES


@example({"machine_schemes": ["api_key", "client_secret"]})
class OrganizationChangeSchema(Schema):
    """A partial change of the organization."""

    require_encryption = Flag(
        metadata={
            "description": "Whether history is answered only encrypted, regardless of `Accept`."
        }
    )
    machine_schemes = fields.List(
        fields.String(validate=validate.OneOf(SCHEMES)),
        validate=validate.Length(max=len(SCHEMES)),
        metadata={
            "description": (
                "The schemes by which machines may authenticate. A change revokes their tokens."
            )
        },
    )


@example({"current_password": PASSWORD, "name": "Shop"})
class OrganizationDeletionSchema(PasswordProofSchema):
    """The confirmation of a deletion: the caller's password and the organization's name."""

    name = fields.String(required=True, validate=validate.Length(1, 100))


class OrganizationSettingsSchema(Schema):
    id = fields.UUID(attribute="public_id", required=True)
    name = fields.String(required=True)
    require_encryption = fields.Boolean(required=True)
    machine_schemes = fields.List(fields.String(), required=True)
