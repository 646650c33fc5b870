"""The page of the operator: the health of the whole system, in numbers of no organization."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import Response
from redis.exceptions import RedisError
from werkzeug.exceptions import NotFound

from domain.permissions import Permission
from models.session import act_for, act_for_nobody
from server.identity.principal import Call
from server.resources import resources
from services.accounts import accounts, second_factors
from services.operations import overview, queues
from services.operations.telemetry import checks as check_telemetry
from services.operations.telemetry.checks import CheckCounts
from web import shell
from web.rendering import render
from web.routing import Pages

pages = Pages("operator")


@pages.page("/operator", permission=Permission.ACCOUNT_READ)
def index(call: Call) -> Response:
    """Show it to operators with a second factor. For others there is no such page."""
    _require_operator(call)
    parts = resources().readiness()
    act_for_nobody(call.session)
    figures = overview.overview(call.session, now=call.now)
    act_for(call.session, call.organization_id)
    return render(
        "operator/operator.html",
        call,
        active="operator",
        parts=parts,
        figures=figures,
        redis=_redis(figures.regions),
        flower_url=resources().settings.flower_url,
        is_development=resources().settings.environment == "development",
    )


def _require_operator(call: Call) -> None:
    user = accounts.profile(call.session, call.organization_id, call.principal.user_id).user
    status = second_factors.status(call.session, user.id)
    if resources().settings.environment == "development":
        return
    if not (shell.is_operator(user.email) and status.is_on):
        raise NotFound


@dataclass(frozen=True, slots=True)
class _OfRedis:
    depths: Mapping[str, int]
    counted: CheckCounts


def _redis(regions: Sequence[str]) -> _OfRedis | None:
    """Return what Redis counts, or None if it does not answer."""
    redis = resources().redis
    try:
        return _OfRedis(queues.depths(redis, regions), check_telemetry.read(redis))
    except RedisError:
        return None
