"""Second factors as they come in and go out."""

from marshmallow import fields

from api.schemas.accounts import PasswordProofSchema, code_field
from api.schemas.base import Schema


class CodeSchema(Schema):
    code = code_field(required=True)


class RemovalSchema(PasswordProofSchema):
    code = code_field(required=True)


class SecondFactorSchema(Schema):
    is_on = fields.Boolean(required=True)
    recovery_codes = fields.Integer(required=True, metadata={"description": "How many are left."})


class SecondFactorOfferSchema(Schema):
    """Shown here and never again."""

    secret = fields.String(required=True)
    address = fields.String(
        required=True, metadata={"description": "`otpauth://…`, to be shown as a QR code."}
    )


class RecoveryCodesSchema(Schema):
    """Each opens the account once in place of the app. Shown here and never again."""

    recovery_codes = fields.List(fields.String(), required=True)
