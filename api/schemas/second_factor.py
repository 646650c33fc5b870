"""Schemas of second factors."""

from marshmallow import fields

from api.schemas.accounts import PasswordProofSchema, code_field
from api.schemas.base import Schema
from api.schemas.examples import PASSWORD, example


@example({"code": "123456"})
class CodeSchema(Schema):
    code = code_field(required=True)


@example({"current_password": PASSWORD, "code": "123456"})
class RemovalSchema(PasswordProofSchema):
    code = code_field(required=True)


class SecondFactorSchema(Schema):
    is_on = fields.Boolean(required=True)
    recovery_codes = fields.Integer(
        required=True, metadata={"description": "The number of unused recovery codes."}
    )


class SecondFactorOfferSchema(Schema):
    """A new secret for an authenticator app, which is shown only in this answer."""

    secret = fields.String(required=True)
    address = fields.String(
        required=True, metadata={"description": "The `otpauth://…` URL, to show as a QR code."}
    )


class RecoveryCodesSchema(Schema):
    """New recovery codes, which are shown only in this answer.

    Each works once in place of the authenticator app.
    """

    recovery_codes = fields.List(fields.String(), required=True)
