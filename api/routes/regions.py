"""Regions from which workers check."""

from collections.abc import Sequence

from api.request.blueprint import Blueprint
from api.schemas.regions import RegionListSchema
from domain.permissions import Permission
from models import Region
from server.identity.principal import Call
from services.schedules import regions

blueprint = Blueprint(
    "regions",
    __name__,
    url_prefix="/api/v1/regions",
    description="The places from which workers check.",
)


@blueprint.route("", permission=Permission.MONITOR_READ)
@blueprint.response(200, RegionListSchema)
def index(call: Call) -> dict[str, Sequence[Region]]:
    """List regions by name. Each has a worker, or had one."""
    return {"items": regions.all_of(call.session)}
