"""Endpoints for operators: liveness, readiness and metrics."""

from flask import Blueprint, Response, jsonify
from prometheus_client import CONTENT_TYPE_LATEST
from werkzeug.exceptions import NotFound

from api.metrics.exposition import exposition
from api.request.problems import problem
from server.identity.operators import is_operator
from server.limits import rate_limits
from server.resources import resources

blueprint = Blueprint("system", __name__)


@blueprint.get("/healthz")
def alive() -> Response:
    """Answer while this process can. Its dependencies are the subject of `/readyz`."""
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
        # Answer as if the page did not exist, so that its existence is not revealed.
        raise NotFound
    return Response(exposition(resources()), content_type=CONTENT_TYPE_LATEST)
