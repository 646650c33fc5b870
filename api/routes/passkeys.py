"""The user's passkeys: to log in without a password, or as a second factor."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from api.request.blueprint import Blueprint
from api.schemas.accounts import PasswordProofSchema
from api.schemas.passkeys import (
    PasskeyChangeSchema,
    PasskeyCreateSchema,
    PasskeyListSchema,
    PasskeyOptionsSchema,
    PasskeySchema,
)
from domain.permissions import Permission
from models import Passkey
from server.identity.principal import Call
from server.identity.proofs import passkey_checks
from server.identity.restrictions import Reach
from server.limits import rate_limits
from services.accounts.login import passkeys
from services.accounts.login.passkeys import Answer

blueprint = Blueprint(
    "passkeys",
    __name__,
    url_prefix="/api/v1/me/passkeys",
    description="Keys in the user's devices that log in without a password.",
)


@blueprint.route("", permission=Permission.ACCOUNT_READ, reach=Reach.ENROLMENT)
@blueprint.response(200, PasskeyListSchema)
def index(call: Call) -> dict[str, Sequence[Passkey]]:
    """List the passkeys of the user, oldest first."""
    return {"items": passkeys.of_user(call.session, call.principal.user_id)}


@blueprint.route(
    "/options", methods=["POST"], permission=Permission.ACCOUNT_WRITE, reach=Reach.ENROLMENT
)
@blueprint.arguments(PasswordProofSchema)
@blueprint.response(200, PasskeyOptionsSchema)
def begin(call: Call, body: dict[str, str]) -> dict[str, Any]:
    """Get the options by which a browser creates a passkey."""
    rate_limits.spend_proof(call.principal)
    options = passkeys.begin(
        call.session, call.principal.user_id, **body, checks=passkey_checks(), now=call.now
    )
    return {"options": options}


@blueprint.route("", methods=["POST"], permission=Permission.ACCOUNT_WRITE, reach=Reach.ENROLMENT)
@blueprint.arguments(PasskeyCreateSchema)
@blueprint.response(201, PasskeySchema)
def create(call: Call, body: dict[str, Any]) -> Passkey:
    """Register the passkey that the browser created.

    If it is the first second factor of the account, all other sessions end.
    """
    rate_limits.spend_proof(call.principal)
    return passkeys.register(
        call.session,
        call.principal.user_id,
        Answer(**body),
        session_id=call.principal.session_id,
        checks=passkey_checks(),
        now=call.now,
    )


@blueprint.route("/<uuid:passkey_id>", methods=["PATCH"], permission=Permission.ACCOUNT_WRITE)
@blueprint.arguments(PasskeyChangeSchema)
@blueprint.response(200, PasskeySchema)
def change(call: Call, body: dict[str, str], passkey_id: UUID) -> Passkey:
    """Rename a passkey."""
    return passkeys.rename(call.session, call.principal.user_id, passkey_id, **body)


@blueprint.route(
    "/<uuid:passkey_id>/removal", methods=["POST"], permission=Permission.ACCOUNT_WRITE
)
@blueprint.arguments(PasswordProofSchema)
@blueprint.response(204)
def remove(call: Call, body: dict[str, str], passkey_id: UUID) -> None:
    """Remove a passkey, with the password."""
    rate_limits.spend_proof(call.principal)
    passkeys.remove(call.session, call.principal.user_id, passkey_id, **body, now=call.now)
