"""Who I am, and for which organization I act."""

from api.blueprint import Blueprint
from api.principal import Call
from api.schemas.auth import ProfileSchema
from domain.permissions import Permission
from services import accounts, members

blueprint = Blueprint("me", __name__, url_prefix="/api/v1/me", description="Who is asking")


@blueprint.route("", permission=Permission.PROFILE_READ)
@blueprint.response(200, ProfileSchema)
def show(call: Call) -> dict[str, object]:
    """Show the user and the organization that one acts for, and what one may do there."""
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
    """Leave the organization; what one logged in or made there ends at once."""
    members.leave(call.session, call.organization_id, call.principal.user_id)
