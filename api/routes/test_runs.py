"""Test runs: checks that are recorded step by step."""

from functools import partial
from uuid import UUID

from flask import Response, jsonify, url_for

from api.request.blueprint import Blueprint
from api.schemas.test_runs import TestRunSchema
from domain.permissions import Permission
from models import TestRun
from models.test_run import TestRunState
from server.identity.principal import Call
from services.credentials import test_runs
from services.monitors import views as monitor_views
from services.monitors.views import MonitorView
from tasks.test_runs import hand_over

_POLL_SECONDS = "1"

blueprint = Blueprint(
    "test_runs",
    __name__,
    url_prefix="/api/v1/monitors/<uuid:monitor_id>/test-runs",
    description="Checks that are recorded step by step.",
)


@blueprint.route("/<uuid:test_run_id>", permission=Permission.MONITOR_READ)
@blueprint.response(200, TestRunSchema)
def show(call: Call, monitor_id: UUID, test_run_id: UUID) -> Response:
    """Show a test run.

    While it is not finished, `Retry-After` gives the seconds until the next request.
    """
    monitor = monitor_views.find(call.session, call.organization_id, monitor_id).monitor
    return answer(test_runs.find(call.session, monitor, test_run_id, now=call.now))


def begin(call: Call, view: MonitorView, region: str | None) -> Response:
    """Request a test run from a worker, after this request is committed."""
    test_run = test_runs.request(call.session, view, region=region, now=call.now)
    call.after_commit.append(partial(hand_over, test_run.id, test_run.region))
    monitor_id = view.monitor.public_id
    return accepted(
        test_run,
        url_for("test_runs.show", monitor_id=monitor_id, test_run_id=test_run.public_id),
    )


def accepted(test_run: TestRun, location: str) -> Response:
    """Return the answer to a request for a test run."""
    response = answer(test_run)
    response.status_code = 202
    response.headers["Location"] = location
    return response


def answer(test_run: TestRun) -> Response:
    response = jsonify(TestRunSchema().dump(test_run))
    if test_run.state in {TestRunState.PENDING, TestRunState.RUNNING}:
        response.headers["Retry-After"] = _POLL_SECONDS
    return response
