"""The result of a test run beside the form: what was seen, step by step."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from domain.evaluation.outcome import Outcome
from models import TestRun
from models.test_run import TestRunState
from web import words

_PHASES = ("dns", "connect", "tls", "first_byte")
_UNFINISHED = (TestRunState.PENDING, TestRunState.RUNNING)

Bar = Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One request with its answer, and how long each phase took."""

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
    bars: Sequence[Bar]
    """Those of the whole check, if it had no steps."""


def of(test_run: TestRun) -> Result:
    report = test_run.report
    steps = [] if report is None else [_step(each) for each in report["steps"]]
    return Result(
        test_run=test_run,
        is_finished=test_run.state not in _UNFINISHED,
        report=report,
        steps=steps,
        bars=[] if report is None or steps else _bars(report["timings"], _is_down(report)),
    )


def _step(step: Mapping[str, Any]) -> Step:
    return Step(
        title=f"{step['method']} {step['url']}",
        status=step["status"],
        failure=step["failure"],
        bars=_bars(step["timings"], bool(step["failure"])),
    )


def _is_down(report: Mapping[str, Any]) -> bool:
    return bool(report["outcome"] == Outcome.DOWN.value)


def _bars(timings: Mapping[str, float], is_wrong: bool) -> Sequence[Bar]:  # noqa: FBT001 - of one report
    bars: list[dict[str, object]] = []
    start = 0.0
    for phase in _PHASES:
        if timings[phase] > 0:
            bars.append(_bar(phase, start, timings[phase]))
            start += timings[phase]
    if timings["total"] > start:
        bars.append(_bar("transfer", start, timings["total"] - start))
    if bars and is_wrong:
        bars[-1]["wrong"] = True
    return bars


def _bar(phase: str, start: float, length: float) -> dict[str, object]:
    return {"name": words.phase(phase), "start": start, "length": round(length, 1)}
