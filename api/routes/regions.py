"""Regions: where checks can be made from."""

from collections.abc import Sequence

from api.identity.principal import Call
from api.request.blueprint import Blueprint
from api.schemas.regions import RegionListSchema
from domain.permissions import Permission
from models import Region
from services.schedules import regions

blueprint = Blueprint(
    "regions", __name__, url_prefix="/api/v1/regions", description="Where checks are made from"
)


@blueprint.route("", permission=Permission.MONITOR_READ)
@blueprint.response(200, RegionListSchema)
def index(call: Call) -> dict[str, Sequence[Region]]:
    """List all regions by name; each has a worker, or had one."""
    return {"items": regions.all_of(call.session)}
