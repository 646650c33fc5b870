"""Who I am, and for which organization I act."""

from api.blueprint import Blueprint
from api.principal import Call
from api.schemas.auth import ProfileSchema
from services import accounts
from services.accounts import Profile

blueprint = Blueprint("me", __name__, url_prefix="/api/v1/me", description="Who is asking")


@blueprint.route("")
@blueprint.response(200, ProfileSchema)
def show(call: Call) -> Profile:
    """Show the user and the organization of the access token."""
    return accounts.profile(call.session, call.organization_id, call.principal.user_id)
