"""Test runs of values that are not stored: of a new monitor, or of a changed one."""

from functools import partial
from uuid import UUID

from flask import Response, url_for

from api.request.blueprint import Blueprint
from api.routes import test_runs as answers
from api.schemas import examples
from api.schemas.monitors import MonitorChangeSchema, MonitorCreateSchema
from api.schemas.test_runs import TestRunSchema
from domain.permissions import Permission
from probes.registry import KINDS
from server.identity.principal import Call
from server.limits import rate_limits
from server.resources import resources
from services.credentials import drafts, test_runs
from services.credentials.drafts import Draft
from services.monitors.changes import MonitorChanges
from services.monitors.values import MonitorValues
from tasks.test_runs import hand_over

blueprint = Blueprint(
    "draft_test_runs",
    __name__,
    url_prefix="/api/v1/monitors",
    description="Test runs of values before they are stored.",
)


@blueprint.route("/test-runs", methods=["POST"], permission=Permission.MONITOR_WRITE)
@blueprint.arguments(MonitorCreateSchema, examples=examples.of_kinds(KINDS))
@blueprint.response(202, TestRunSchema)
def begin(call: Call, values: MonitorValues) -> Response:
    """Make a test run of a monitor before it is created.

    The values are refused as `POST /monitors` refuses them. No monitor is created.
    """
    own = call.principal.permissions
    return _begin(call, drafts.of_new(call.session, call.organization_id, values, own=own))


@blueprint.route(
    "/<uuid:monitor_id>/test-runs", methods=["POST"], permission=Permission.MONITOR_WRITE
)
@blueprint.arguments(MonitorChangeSchema(partial=True))
@blueprint.response(202, TestRunSchema)
def begin_changed(call: Call, changes: MonitorChanges, monitor_id: UUID) -> Response:
    """Make a test run of a change before it is stored.

    The values are refused as `PATCH /monitors/{monitor_id}` refuses them. The monitor stays as it
    is.
    """
    draft = drafts.of_change(
        call.session,
        call.organization_id,
        monitor_id,
        changes,
        own=call.principal.permissions,
    )
    return _begin(call, draft)


@blueprint.route("/test-runs/<uuid:test_run_id>", permission=Permission.MONITOR_READ)
@blueprint.response(200, TestRunSchema)
def show(call: Call, test_run_id: UUID) -> Response:
    """Show a test run of values that were not stored.

    While it is not finished, `Retry-After` gives the seconds until the next request.
    """
    found = test_runs.find_draft(call.session, call.organization_id, test_run_id, now=call.now)
    return answers.answer(found)


def _begin(call: Call, draft: Draft) -> Response:
    """Request a test run from a worker, after this request is committed."""
    rate_limits.spend_check(call, draft.kind, draft.settings)
    test_run = test_runs.request_draft(
        call.session, call.organization_id, draft, ring=resources().ring, now=call.now
    )
    call.after_commit.append(partial(hand_over, test_run.id, test_run.region))
    return answers.accepted(
        test_run, url_for("draft_test_runs.show", test_run_id=test_run.public_id)
    )
