"""The phases of a check, one after the other, as a waterfall."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from domain.evaluation.outcome import Outcome
from services.analytics.check_log import Timings
from web import findings, words

Bar = Mapping[str, object]

_REQUEST = "request"
_PHASES = ("dns", "connect", "tls", "first_byte")


def of_timings(timings: Timings, *, failed: bool = False) -> Sequence[Bar]:
    """Return a bar for each phase that happened. The last one of a failed check is where it failed."""
    return _bars({each: getattr(timings, each) for each in (*_PHASES, "total")}, failed=failed)


def of_step(step: Mapping[str, Any]) -> Sequence[Bar]:
    """Return the bars of one request of a test run."""
    return _bars(step["timings"], failed=bool(step["failure"]))


def of_conversation(steps: Sequence[Mapping[str, Any]]) -> Sequence[Bar]:
    """Return a bar for each part of a conversation other than HTTP."""
    found: list[dict[str, object]] = []
    at = 0.0
    for step in steps:
        length = step["timings"]["total"]
        found.append({"name": words.step(step["name"]), "start": at, "length": round(length, 1)})
        if step["failure"]:
            found[-1]["wrong"] = True
        at += length
    return found


def is_request(step: Mapping[str, Any]) -> bool:
    """Return whether a step is a request of HTTP, which has phases of its own."""
    return bool(step.get("name", _REQUEST) == _REQUEST)


def of_report(report: Mapping[str, Any]) -> Sequence[Bar]:
    """Return the bars of a whole test run, for kinds without requests."""
    return _bars(report["timings"], failed=report["outcome"] == Outcome.DOWN)


def of_steps(report: Mapping[str, Any]) -> Sequence[Bar]:
    """Return a bar for each step of a multistep check; none for another kind.

    The last step of a check that is down is the one that failed.
    """
    bars: dict[int, dict[str, object]] = {}
    at = 0.0
    for request in report["steps"]:
        # Reports of an earlier version have no number.
        if number := request.get("step"):
            name = findings.step_title(number, request["step_name"])
            bar = bars.setdefault(number, {"name": name, "start": at, "length": 0.0})
            at += request["timings"]["total"]
            bar["length"] = round(at - cast("float", bar["start"]), 1)
    found = list(bars.values())
    if found and report["outcome"] == Outcome.DOWN:
        found[-1]["wrong"] = True
    return found


def _bars(timings: Mapping[str, float], *, failed: bool) -> Sequence[Bar]:
    found: list[dict[str, object]] = []
    at = 0.0
    for phase in _PHASES:
        length = timings[phase]
        if length > 0:
            found.append({"name": words.phase(phase), "start": at, "length": round(length, 1)})
            at += length
    rest = timings["total"] - at
    if rest > 0:
        found.append({"name": words.phase("transfer"), "start": at, "length": round(rest, 1)})
    if failed and found:
        found[-1]["wrong"] = True
    return found
