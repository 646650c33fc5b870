"""The user's sessions, in all organizations."""

from typing import Any
from uuid import UUID

from api.request.blueprint import Blueprint
from api.schemas.accounts import SessionListSchema
from domain.permissions import Permission
from server.identity.principal import Call
from services.accounts import sessions as user_sessions

blueprint = Blueprint(
    "sessions", __name__, url_prefix="/api/v1/sessions", description="The user's logins."
)


@blueprint.route("", permission=Permission.ACCOUNT_READ)
@blueprint.response(200, SessionListSchema)
def index(call: Call) -> dict[str, list[dict[str, Any]]]:
    """List the user's sessions, most recently used first."""
    own = user_sessions.of_user(call.session, call.principal.user_id)
    return {
        "items": [
            {"session": each, "is_this": each.public_id == call.principal.session_id}
            for each in own
        ]
    }


@blueprint.route("", methods=["DELETE"], permission=Permission.ACCOUNT_WRITE)
@blueprint.response(204)
def delete_others(call: Call) -> None:
    """End all other sessions of the user."""
    user_sessions.end_all(call.session, call.principal.user_id, but=call.principal.session_id)


@blueprint.route("/<uuid:session_id>", methods=["DELETE"], permission=Permission.ACCOUNT_WRITE)
@blueprint.response(204)
def delete(call: Call, session_id: UUID) -> None:
    """End one session and its tokens at once."""
    user_sessions.end_own(call.session, call.principal.user_id, session_id)
