"""Test runs: a check of one monitor, recorded step by step and shown as a waterfall."""

from functools import partial
from uuid import UUID

from flask import Response, request

from domain.permissions import Permission
from models.test_run import TestRunState
from server.identity.principal import Call
from services.credentials import test_runs
from services.monitors import views as monitor_views
from tasks.test_runs import hand_over
from web.monitors import waterfall
from web.rendering import render, see
from web.routes.monitors.blueprint import pages

_UNFINISHED = (TestRunState.PENDING, TestRunState.RUNNING)
_RENEWED_AFTER_SECONDS = "1"


@pages.action("/monitors/<uuid:monitor_id>/test-run", permission=Permission.MONITOR_WRITE)
def begin_test_run(call: Call, monitor_id: UUID) -> Response:
    """Request a test run from a worker, after this request is committed."""
    view = monitor_views.find_locked(call.session, call.organization_id, monitor_id)
    region = request.form.get("region") or None
    test_run = test_runs.request(call.session, view, region=region, now=call.now)
    call.after_commit.append(partial(hand_over, test_run.id, test_run.region))
    return see("monitors.show_test_run", monitor_id=monitor_id, test_run_id=test_run.public_id)


@pages.page(
    "/monitors/<uuid:monitor_id>/test-runs/<uuid:test_run_id>",
    permission=Permission.MONITOR_READ,
)
def show_test_run(call: Call, monitor_id: UUID, test_run_id: UUID) -> Response:
    """Show a test run. While it is not finished, the page renews itself, also without a script."""
    view = monitor_views.find(call.session, call.organization_id, monitor_id)
    test_run = test_runs.find(call.session, view.monitor, test_run_id, now=call.now)
    is_finished = test_run.state not in _UNFINISHED
    report = test_run.report
    steps = [] if report is None else report["steps"]
    parts = [step for step in steps if not waterfall.is_request(step)]
    response = render(
        "monitors/test_run.html",
        call,
        active="monitors",
        about=[view.monitor.project_id],
        monitor=view.monitor,
        regions=view.regions,
        test_run=test_run,
        is_finished=is_finished,
        report=report,
        steps=[(step, waterfall.of_step(step)) for step in steps if waterfall.is_request(step)],
        parts=parts,
        bars_of_parts=waterfall.of_conversation(parts),
        overview=[] if report is None else waterfall.of_steps(report),
        whole=[] if report is None else waterfall.of_report(report),
    )
    if not is_finished:
        response.headers["Refresh"] = _RENEWED_AFTER_SECONDS
    return response
