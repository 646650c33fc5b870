"""Search in the checks of all monitors."""

from collections.abc import Sequence
from typing import Any

from api.request.blueprint import Blueprint
from api.request.jose import encryptable
from api.schemas.check_search import (
    CheckCountQuery,
    CheckCountsSchema,
    CheckSearchPageQuery,
    FoundCheckPageSchema,
)
from domain.analytics.rollup import Step
from domain.evaluation.outcome import Cause
from domain.permissions import Permission
from server.identity.principal import Call
from server.resources import searched
from services.pagination import Page, PageRequest
from services.search import checks as check_search
from services.search import counts as check_counts
from services.search.checks import Found
from services.search.counts import Bucket
from services.search.query import CheckSearch
from services.time_range import Window, window

blueprint = Blueprint(
    "checks",
    __name__,
    url_prefix="/api/v1/checks",
    description="The checks of all monitors.",
)

_CAUSES = {cause.word: cause for cause in Cause}


@blueprint.route("", permission=Permission.MONITOR_READ)
@blueprint.arguments(CheckSearchPageQuery, location="query")
@encryptable
@blueprint.response(200, FoundCheckPageSchema)
def search(call: Call, query: dict[str, Any]) -> Page[Found]:
    """Search in the checks of all monitors, newest first.

    The span is the last 24 hours by default. A page may have fewer checks than `limit` although
    there are more: go on while there is a `next_cursor`. Days that are only in the archive are
    searched as well.
    """
    page = PageRequest(limit=query.pop("limit"), cursor=query.pop("cursor", None))
    asked = _span(call, query)
    return check_search.page(
        call.session, call.organization_id, _wanted(query), asked, page, searched=searched()
    )


@blueprint.route("/counts", permission=Permission.MONITOR_READ)
@blueprint.arguments(CheckCountQuery, location="query")
@encryptable
@blueprint.response(200, CheckCountsSchema)
def count(call: Call, query: dict[str, Any]) -> dict[str, Step | Sequence[Bucket]]:
    """Count the checks that a search would find, by outcome and by hour, day or month.

    The span is the last 24 hours by default.
    """
    step = query.pop("step")
    asked = _span(call, query)
    found = check_counts.counts(
        call.session,
        call.organization_id,
        _wanted(query),
        asked,
        step=step,
        searched=searched(),
    )
    return {"step": step, "items": found}


def _span(call: Call, query: dict[str, Any]) -> Window:
    return window(query.pop("start", None), query.pop("end", None), now=call.now)


def _wanted(query: dict[str, Any]) -> CheckSearch:
    causes = [_CAUSES[word] for word in query.pop("cause", ())]
    return CheckSearch(cause=causes, **query)
