"""Schemas of accounts, sessions and the user's own account."""

from marshmallow import fields, validate

from api.schemas.base import Line, Schema, Timestamp, page_of
from api.schemas.examples import PASSWORD, example
from domain.login.history import LoginFactor, LoginOutcome
from domain.organization_policy import LoginWay
from security.login.passwords import LONGEST, SHORTEST

LONGEST_EMAIL = 254


def _email() -> Line:
    return Line(longest=LONGEST_EMAIL, required=True, metadata={"format": "email"})


def _token() -> fields.String:
    return fields.String(
        required=True,
        load_only=True,
        validate=validate.Length(1, 256),
        metadata={"description": "The last part of the link in the mail."},
    )


def _new_password() -> fields.String:
    return fields.String(
        required=True,
        load_only=True,
        validate=validate.Length(SHORTEST, LONGEST),
        metadata={"description": "Any characters. A password that is easy to guess is refused."},
    )


def _password() -> fields.String:
    return fields.String(required=True, load_only=True, validate=validate.Length(1, LONGEST))


def code_field(*, required: bool) -> fields.String:
    return fields.String(
        required=required,
        load_only=True,
        validate=validate.Length(1, 64),
        metadata={
            "description": (
                "The second factor: six digits of the authenticator app, or a recovery code."
            )
        },
    )


@example({"email": "grace@example.com", "password": PASSWORD, "organization_name": "Shop"})
class RegistrationSchema(Schema):
    email = _email()
    password = _new_password()
    organization_name = Line(longest=100, required=True)


@example({"token": "The token of the link in the mail", "password": PASSWORD})
class AcceptanceSchema(Schema):
    token = _token()
    password = _password()
    code = code_field(required=False)


@example({"email": "ada@example.com"})
class ForgottenSchema(Schema):
    email = _email()


@example({"token": "The token of the link in the mail", "password": "another long passphrase"})
class ResetSchema(Schema):
    token = _token()
    password = _new_password()


class MailedSchema(Schema):
    """The answer to a request for a mail. It is the same for every address."""

    detail = fields.String(required=True)


@example({"token": "The token of the link in the mail", "reader": "next"})
class EmailLinkSchema(Schema):
    token = _token()
    reader = fields.String(
        required=True,
        validate=validate.OneOf(("present", "next")),
        metadata={
            "description": "Which address the mail was sent to: the `present` or the `next` one."
        },
    )


class EmailChangeStateSchema(Schema):
    email = fields.String(required=True)
    is_done = fields.Boolean(
        required=True,
        metadata={"description": "Whether the readers of both addresses have agreed."},
    )


@example({"current_password": PASSWORD, "new_password": "another long passphrase"})
class PasswordChangeSchema(Schema):
    current_password = _password()
    new_password = _new_password()


@example({"current_password": PASSWORD, "email": "ada.lovelace@example.com"})
class EmailChangeSchema(Schema):
    current_password = _password()
    email = _email()


@example({"current_password": PASSWORD})
class PasswordProofSchema(Schema):
    current_password = _password()


class SessionSchema(Schema):
    """One login on one device."""

    id = fields.UUID(attribute="session.public_id", required=True)
    address = fields.String(attribute="session.address", required=True)
    agent = fields.String(attribute="session.agent", required=True)
    created_at = Timestamp(attribute="session.created_at", required=True)
    last_seen_at = Timestamp(attribute="session.last_seen_at", required=True)
    is_this = fields.Boolean(
        required=True, metadata={"description": "Whether this is the session of the request."}
    )


@example({"token": "The token of the link in the mail"})
class RestoreSchema(Schema):
    token = _token()


@example({"token": "The token of the link in the mail"})
class DisownedSchema(Schema):
    token = _token()


class ResetTokenSchema(Schema):
    """A token that sets a new password once, within half an hour."""

    reset_token = fields.String(required=True)


class LoginHistorySchema(Schema):
    """One attempt to log in to the account."""

    id = fields.UUID(attribute="public_id", required=True)
    created_at = Timestamp(required=True)
    network = fields.String(
        required=True, metadata={"description": "The /24 or /48 of the address."}
    )
    program = fields.String(
        required=True, metadata={"description": "The family of the program, such as `Firefox`."}
    )
    way = fields.Enum(LoginWay, by_value=True, required=True)
    factor = fields.Enum(LoginFactor, by_value=True, required=True)
    outcome = fields.Enum(LoginOutcome, by_value=True, required=True)


LoginPageSchema = page_of(LoginHistorySchema, "LoginPage")


class SessionListSchema(Schema):
    items = fields.List(fields.Nested(SessionSchema), required=True)
