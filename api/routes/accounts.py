"""Accounts before a login: registration, invitations, forgotten passwords, links in mails.

A request for a mail gets the same answer for every address.
"""

from typing import Any

from api.request.blueprint import Blueprint
from api.schemas.accounts import (
    AcceptanceSchema,
    DisownedSchema,
    EmailChangeStateSchema,
    EmailLinkSchema,
    ForgottenSchema,
    MailedSchema,
    RegistrationSchema,
    ResetSchema,
    ResetTokenSchema,
    RestoreSchema,
)
from api.schemas.auth import TokensSchema
from models.session import database_now
from security.links import Purpose
from server.limits import login_attempts, mail_limits, rate_limits
from server.request.lifecycle import read_body
from server.resources import resources
from services.accounts import email_changes, password_changes, registrations
from services.accounts.email_changes import EmailChange
from services.accounts.login import history
from services.accounts.login.factors import Factor
from services.closures import accounts as closed_accounts
from services.closures import organizations as closed_organizations

blueprint = Blueprint(
    "accounts",
    __name__,
    url_prefix="/api/v1/auth",
    description="Registration, invitations and forgotten passwords.",
)
blueprint.before_request(read_body)

_MAILED = {"detail": "An email is on its way to this address. Follow its instructions."}


@blueprint.open_route("/register", methods=["POST"])
@blueprint.arguments(RegistrationSchema)
@blueprint.response(202, MailedSchema)
def register(body: dict[str, str]) -> dict[str, str]:
    """Request an account and an organization. The link in the mail confirms both."""
    rate_limits.spend(rate_limits.REGISTRATIONS, rate_limits.address())
    mail_limits.spend_registration(body["email"])
    with resources().transaction() as session:
        registrations.ask(session, **body, now=database_now(session))
    return _MAILED


@blueprint.open_route("/confirm-registration", methods=["POST"])
@blueprint.arguments(AcceptanceSchema)
@blueprint.response(201, TokensSchema)
@blueprint.alt_response(401, response="UNAUTHORIZED")
def confirm_registration(body: dict[str, str]) -> dict[str, object]:
    """Confirm a registration with the token of the mail and the chosen password."""
    code = body.pop("code", "")
    _, tokens = login_attempts.begin_session(login_attempts.by_registration(**body), Factor(code))
    return tokens


@blueprint.open_route("/accept-invitation", methods=["POST"])
@blueprint.arguments(AcceptanceSchema)
@blueprint.response(201, TokensSchema)
@blueprint.alt_response(401, response="UNAUTHORIZED")
def accept_invitation(body: dict[str, str]) -> dict[str, object]:
    """Accept an invitation with the account's password.

    If the address has no account, the password becomes that of a new one.
    """
    code = body.pop("code", "")
    _, tokens = login_attempts.begin_session(login_attempts.by_invitation(**body), Factor(code))
    return tokens


@blueprint.open_route("/forgot-password", methods=["POST"])
@blueprint.arguments(ForgottenSchema)
@blueprint.response(202, MailedSchema)
def forgot_password(body: dict[str, str]) -> dict[str, str]:
    """Request a link to set a new password.

    It is mailed only if the address has an account. The answer is the same for every address.
    """
    rate_limits.spend(rate_limits.LOGINS_OF_ADDRESS, rate_limits.address())
    mail_limits.spend_reset(body["email"])
    with resources().transaction() as session:
        password_changes.ask(session, **body, now=database_now(session))
    return _MAILED


@blueprint.open_route("/reset-password", methods=["POST"])
@blueprint.arguments(ResetSchema)
@blueprint.response(204)
@blueprint.alt_response(401, response="UNAUTHORIZED")
def reset_password(body: dict[str, str]) -> None:
    """Set a new password with the token of the mail.

    This ends all sessions. Log in afterwards.
    """
    rate_limits.spend(rate_limits.LOGINS_OF_ADDRESS, rate_limits.address())
    with resources().transaction() as session:
        password_changes.reset(
            session,
            resources().links,
            **body,
            network=rate_limits.address(),
            now=database_now(session),
        )


@blueprint.open_route("/disown-login", methods=["POST"])
@blueprint.arguments(DisownedSchema)
@blueprint.response(200, ResetTokenSchema)
@blueprint.alt_response(401, response="UNAUTHORIZED")
def disown_login(body: dict[str, str]) -> dict[str, str]:
    """Say that a login was not yours, with the token of the mail about it.

    This ends all sessions. Set a new password with the token of the answer.
    """
    rate_limits.spend(rate_limits.LOGINS_OF_ADDRESS, rate_limits.address())
    with resources().transaction() as session:
        now = database_now(session)
        return {"reset_token": history.disown(session, resources().links, **body, now=now)}


@blueprint.open_route("/restore-account", methods=["POST"])
@blueprint.arguments(RestoreSchema)
@blueprint.response(204)
@blueprint.alt_response(401, response="UNAUTHORIZED")
def restore_account(body: dict[str, str]) -> None:
    """Restore an account within 14 days of its deletion, with the token of the mail."""
    rate_limits.spend(rate_limits.LOGINS_OF_ADDRESS, rate_limits.address())
    with resources().transaction() as session:
        now = database_now(session)
        closed_accounts.restore(session, resources().links, **body, now=now)


@blueprint.open_route("/restore-organization", methods=["POST"])
@blueprint.arguments(RestoreSchema)
@blueprint.response(204)
@blueprint.alt_response(401, response="UNAUTHORIZED")
def restore_organization(body: dict[str, str]) -> None:
    """Restore an organization within 30 days of its deletion, with the token of an owner's mail.

    Its monitors are checked again within a minute.
    """
    rate_limits.spend(rate_limits.LOGINS_OF_ADDRESS, rate_limits.address())
    with resources().transaction() as session:
        now = database_now(session)
        closed_organizations.restore(session, resources().links, **body, now=now)


@blueprint.open_route("/confirm-email", methods=["POST"])
@blueprint.arguments(EmailLinkSchema)
@blueprint.response(200, EmailChangeStateSchema)
@blueprint.alt_response(401, response="UNAUTHORIZED")
def confirm_email(body: dict[str, Any]) -> EmailChange:
    """Agree to a change of address, as the reader of the present or the next address."""
    rate_limits.spend(rate_limits.LOGINS_OF_ADDRESS, rate_limits.address())
    purpose = Purpose.EMAIL_ALLOW if body["reader"] == "present" else Purpose.EMAIL_CONFIRM
    with resources().transaction() as session:
        now = database_now(session)
        return email_changes.agree(session, resources().links, purpose, body["token"], now=now)
