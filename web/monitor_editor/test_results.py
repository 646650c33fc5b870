"""The result of a test run beside the form: what was seen, step by step."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from models import TestRun
from models.test_run import TestRunState
from server.identity.principal import Call
from services.credentials import test_runs
from services.errors import NotFound
from web import findings
from web.forms import Form
from web.monitors import waterfall
from web.monitors.waterfall import Bar

_UNFINISHED = (TestRunState.PENDING, TestRunState.RUNNING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One request with its answer, and how long each phase took.

    `heading` is the step of a multistep check, at its first request only.
    """

    heading: str
    title: str
    status: int
    failure: str
    bars: Sequence[Bar]


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """`report` is None until the check is done, and stays so if it failed."""

    test_run: TestRun
    is_finished: bool
    report: Mapping[str, Any] | None
    steps: Sequence[Step]
    parts: Sequence[Mapping[str, Any]]
    """The parts of a conversation other than HTTP."""
    overview: Sequence[Bar]
    """The steps of a multistep check."""
    bars: Sequence[Bar]
    """Those of the parts, or of the whole check, if it had no steps."""


def of(test_run: TestRun) -> Result:
    report = test_run.report
    recorded = [] if report is None else report["steps"]
    steps = _steps([each for each in recorded if waterfall.is_request(each)])
    parts = [each for each in recorded if not waterfall.is_request(each)]
    return Result(
        test_run=test_run,
        is_finished=test_run.state not in _UNFINISHED,
        report=report,
        steps=steps,
        parts=parts,
        overview=[] if report is None else waterfall.of_steps(report),
        bars=[] if report is None or steps else _bars(report, parts),
    )


def shown(call: Call, form: Form, begun: TestRun | None) -> Result | None:
    """Return the result of a test run that was just begun, or that the form was sent with."""
    if begun is not None:
        return of(begun)
    try:
        test_run_id = UUID(form.value("test_run"))
        found = test_runs.find_draft(call.session, call.organization_id, test_run_id, now=call.now)
    except (ValueError, NotFound):
        return None
    return of(found)


def _bars(report: Mapping[str, Any], parts: Sequence[Mapping[str, Any]]) -> Sequence[Bar]:
    return waterfall.of_conversation(parts) if parts else waterfall.of_report(report)


def _steps(steps: Sequence[Mapping[str, Any]]) -> list[Step]:
    before = (None, *(each.get("step") for each in steps))
    return [_step(each, last) for each, last in zip(steps, before, strict=False)]


def _step(step: Mapping[str, Any], last: int | None) -> Step:
    # Reports of an earlier version have no number.
    number = step.get("step")
    is_first = number is not None and number != last
    return Step(
        heading=findings.step_title(number, step["step_name"]) if is_first and number else "",
        title=f"{step['method']} {step['url']}",
        status=step["status"],
        failure=step["failure"],
        bars=waterfall.of_step(step),
    )
