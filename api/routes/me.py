"""The user, the current organization, and the user's own account."""

from typing import Any

from flask import Response

from api.request.blueprint import Blueprint
from api.schemas.accounts import (
    EmailChangeSchema,
    LoginPageSchema,
    MailedSchema,
    PasswordChangeSchema,
    PasswordProofSchema,
)
from api.schemas.auth import ProfileSchema
from api.schemas.base import PageQuery
from api.schemas.data_exports import DataExportSchema
from api.schemas.own_data import OwnDataSchema
from domain.permissions import Permission
from models import Login
from models.session import act_for
from server.identity.principal import Call
from server.limits import mail_limits, rate_limits
from server.request import downloads
from services.accounts import accounts, email_changes, members, password_changes, personal_data
from services.accounts.login import history
from services.accounts.personal_data import OwnData
from services.closures import accounts as closed_accounts
from services.pagination import Page, PageRequest

blueprint = Blueprint(
    "me",
    __name__,
    url_prefix="/api/v1/me",
    description="The user of the request, and that user's account.",
)

_MAILED = {"detail": "An email is on its way to both addresses. The readers of both must agree."}


@blueprint.route("", permission=Permission.PROFILE_READ)
@blueprint.response(200, ProfileSchema)
def show(call: Call) -> dict[str, object]:
    """Show the user, the current organization, and the permissions there."""
    found = accounts.profile(call.session, call.organization_id, call.principal.user_id)
    return {
        "user": found.user,
        "organization": found.organization,
        "role": found.role,
        "permissions": sorted(call.principal.permissions),
        "machine": call.principal.machine,
    }


@blueprint.route("/membership", methods=["DELETE"], permission=Permission.PROFILE_WRITE)
@blueprint.response(204)
def leave(call: Call) -> None:
    """Leave the organization.

    The user's logins, API keys, service accounts and invitations there end at once.
    """
    members.leave(call.session, call.organization_id, call.principal.user_id)


@blueprint.route("/password", methods=["POST"], permission=Permission.ACCOUNT_WRITE)
@blueprint.arguments(PasswordChangeSchema)
@blueprint.response(204)
def change_password(call: Call, body: dict[str, str]) -> None:
    """Change the password.

    This ends all other sessions of the user.
    """
    rate_limits.spend_proof(call.principal)
    password_changes.change(
        call.session,
        call.principal.user_id,
        **body,
        session_id=call.principal.session_id,
        now=call.now,
    )


@blueprint.route("/email", methods=["POST"], permission=Permission.ACCOUNT_WRITE)
@blueprint.arguments(EmailChangeSchema)
@blueprint.response(202, MailedSchema)
def change_email(call: Call, body: dict[str, Any]) -> dict[str, str]:
    """Request a change of the email address.

    Links are mailed to both addresses. The address changes when both readers agree.
    """
    rate_limits.spend_proof(call.principal)
    mail_limits.spend_address_change(body["email"], call.principal.user_id)
    email_changes.ask(call.session, call.principal.user_id, **body, now=call.now)
    return _MAILED


@blueprint.route("/logins", permission=Permission.ACCOUNT_READ)
@blueprint.arguments(PageQuery, location="query")
@blueprint.response(200, LoginPageSchema)
def list_logins(call: Call, query: dict[str, Any]) -> Page[Login]:
    """List the attempts to log in to the account, newest first.

    They are kept for 400 days.
    """
    return history.page(call.session, call.principal.user_id, PageRequest(**query))


@blueprint.route("/data", permission=Permission.ACCOUNT_READ)
@blueprint.response(200, OwnDataSchema)
def show_data(call: Call) -> OwnData:
    """Show all data that is stored about the user, in all organizations."""
    return personal_data.of_user(call.session, call.principal.user_id)


@blueprint.route("/data-export", methods=["POST"], permission=Permission.ACCOUNT_WRITE)
@blueprint.arguments(DataExportSchema)
@blueprint.response(200, {"type": "string", "format": "binary"}, content_type="application/zip")
def export_data(call: Call, body: dict[str, Any]) -> Response:
    """Export all data that is stored about the user, as a zip of JSON documents.

    With a recipient, the zip is encrypted with age.
    """
    rate_limits.spend_proof(call.principal)
    file = personal_data.export(call.session, call.principal.user_id, **body, now=call.now)
    act_for(call.session, call.organization_id)
    return downloads.of_export(file, "personal-data", is_encrypted=body["recipient"] is not None)


@blueprint.route("/deletion", methods=["POST"], permission=Permission.ACCOUNT_WRITE)
@blueprint.arguments(PasswordProofSchema)
@blueprint.response(204)
def delete(call: Call, body: dict[str, str]) -> None:
    """Delete the account with its memberships and machines.

    Access ends at once. For 14 days, the link in the mail restores the account. Then all data is
    erased. The last owner of an organization cannot be deleted.
    """
    rate_limits.spend_proof(call.principal)
    closed_accounts.close(call.session, call.principal.user_id, **body, now=call.now)
