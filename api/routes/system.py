"""For operators and their machines: is it alive, is it ready, how is it doing."""

from flask import Blueprint, Response, jsonify
from prometheus_client import CONTENT_TYPE_LATEST
from werkzeug.exceptions import NotFound

from api import metrics
from api.identity.operators import is_operator
from api.limits import rate_limits
from api.request.problems import problem
from api.resources import resources

blueprint = Blueprint("system", __name__)


@blueprint.get("/healthz")
def alive() -> Response:
    """Answer as long as this process can; its surroundings are the business of `/readyz`."""
    return jsonify(status="ok")


@blueprint.get("/readyz")
def ready() -> Response:
    rate_limits.spend(rate_limits.READINESS, rate_limits.address())
    parts = resources().readiness()
    problems = {part.name: [part.problem] for part in parts if part.problem}
    if problems:
        return problem(503, "Some parts are not ready.", problems)
    return jsonify(status="ready", parts=[part.name for part in parts])


@blueprint.get("/metrics")
def show_metrics() -> Response:
    if not is_operator():
        # As if there were nothing: who may not see it need not know of it.
        raise NotFound
    return Response(metrics.exposition(resources()), content_type=CONTENT_TYPE_LATEST)
