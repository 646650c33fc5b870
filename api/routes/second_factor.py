"""The user's second factor: codes of an authenticator app."""

from typing import Any

from api.request.blueprint import Blueprint
from api.schemas.accounts import PasswordProofSchema
from api.schemas.second_factor import (
    CodeSchema,
    RecoveryCodesSchema,
    RemovalSchema,
    SecondFactorOfferSchema,
    SecondFactorSchema,
)
from domain.permissions import Permission
from server.identity.principal import Call
from server.identity.restrictions import Reach
from server.limits import rate_limits
from server.resources import resources
from services.accounts import second_factors
from services.accounts.second_factors import Offer, SecondFactorStatus

blueprint = Blueprint(
    "second factor",
    __name__,
    url_prefix="/api/v1/me/second-factor",
    description="Codes of an authenticator app, required at login beside the password.",
)


@blueprint.route("", permission=Permission.ACCOUNT_READ, reach=Reach.ENROLMENT)
@blueprint.response(200, SecondFactorSchema)
def show(call: Call) -> SecondFactorStatus:
    """Show whether a second factor is enabled, and how many recovery codes are left."""
    return second_factors.status(call.session, call.principal.user_id)


@blueprint.route("", methods=["POST"], permission=Permission.ACCOUNT_WRITE, reach=Reach.ENROLMENT)
@blueprint.arguments(PasswordProofSchema)
@blueprint.response(200, SecondFactorOfferSchema)
def begin(call: Call, body: dict[str, str]) -> Offer:
    """Get a secret for an authenticator app.

    It is shown only in this answer. It takes effect when one of its codes is confirmed.
    """
    rate_limits.spend_proof(call.principal)
    return second_factors.begin(
        call.session, call.principal.user_id, **body, ring=resources().ring, now=call.now
    )


@blueprint.route(
    "/confirmation", methods=["POST"], permission=Permission.ACCOUNT_WRITE, reach=Reach.ENROLMENT
)
@blueprint.arguments(CodeSchema)
@blueprint.response(200, RecoveryCodesSchema)
def confirm(call: Call, body: dict[str, Any]) -> dict[str, list[str]]:
    """Enable the second factor with a code of the app.

    The recovery codes are shown only in this answer. This ends all other sessions.
    """
    rate_limits.spend_proof(call.principal)
    codes = second_factors.confirm(
        call.session,
        call.principal.user_id,
        **body,
        session_id=call.principal.session_id,
        ring=resources().ring,
        now=call.now,
    )
    return {"recovery_codes": codes}


@blueprint.route("/removal", methods=["POST"], permission=Permission.ACCOUNT_WRITE)
@blueprint.arguments(RemovalSchema)
@blueprint.response(204)
def remove(call: Call, body: dict[str, str]) -> None:
    """Remove the second factor, with the password and a code of the app or a recovery code."""
    rate_limits.spend_proof(call.principal)
    second_factors.remove(
        call.session, call.principal.user_id, **body, ring=resources().ring, now=call.now
    )
