"""One check by itself, with a record of everything sent and received, without secrets."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from queue import SimpleQueue
from typing import Any

from probes.base import Asserted, ProbeResult, Step, Target, Timings
from probes.engine.engine import Engine
from probes.engine.verdicts import verdicts
from probes.evidence import parsed_head
from probes.exchange import Request, Response
from probes.kinds.multistep.report import secret_values, step_names
from probes.masking import cut_off, masked, masked_headers, secrets_of, without_in_sentence
from security.egress.guard import EgressPolicy

Pairs = tuple[tuple[str, str], ...]

REQUEST = "request"
_MOST_HEADERS = 100
_LONGEST_TEXT = 2000
_LONGEST_VALUE = 1000
_HELD_UP_SECONDS = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class TestRunStep:
    """A part of a check: one request of HTTP with its answer, or a part of another conversation.

    A step with the name `request` is a redirect, a token, a challenge, or the last answer. Its
    `address` is the one connected to: that of the proxy, if there is one. `step` is the number of
    the step of a multistep check that the request belongs to, and `step_name` its name. Of any
    other step, such as `connect` or `login`, only `sent`, `received`, `failure` and the total time
    are known.
    """

    name: str = REQUEST
    method: str = ""
    url: str = ""
    address: str = ""
    request_headers: Pairs = ()
    status: int = 0
    http_version: str = ""
    response_headers: Pairs = ()
    sent: str = ""
    received: str = ""
    failure: str = ""
    timings: Timings
    step: int | None = None
    step_name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    result: ProbeResult
    steps: Sequence[TestRunStep] = ()
    assertions: Sequence[Asserted] = ()

    @property
    def address(self) -> str:
        """The last address connected to, if any."""
        return self.result.address or (self.steps[-1].address if self.steps else "")


@dataclass(slots=True)
class _Tape:
    exchanges: list[tuple[Request, Response]] = field(default_factory=list)

    def record(self, request: Request, response: Response) -> None:
        """Keep the body of the last answer to each step only: that is the one that is judged."""
        if self.exchanges and self.exchanges[-1][0].step == request.step:
            earlier, answer = self.exchanges[-1]
            self.exchanges[-1] = earlier, replace(answer, body=b"")
        self.exchanges.append((request, response))


def check_once(target: Target, policy: EgressPolicy, *, cafile: str | None = None) -> Report:
    """Make one check and wait for its end.

    It ends by its timeout at the latest, or by that of a second attempt if it was held up.
    """
    tape = _Tape()
    results: SimpleQueue[ProbeResult] = SimpleQueue()
    engine = Engine(1, policy, lambda _key, result: results.put(result), cafile=cafile)
    engine.overhear = tape.record
    engine.start()
    engine.submit("check", replace(target, note_steps=True))
    # A check that has not ended after this time is aborted, and unknown.
    engine.stop(2 * target.timeout_seconds + _HELD_UP_SECONDS)
    result = results.get()
    secrets = secrets_of(target.credentials, secret_values(target.settings, tape.exchanges))
    names = step_names(target.settings)
    return Report(
        result=result,
        steps=[
            *(_step(request, response, secrets, names) for request, response in tape.exchanges),
            *(_part(step, secrets) for step in result.steps),
        ],
        assertions=[
            _without_secrets(each, secrets)
            for each in result.assertions or _asserted(target, tape, result)
        ],
    )


def as_json(report: Report) -> dict[str, Any]:
    """Return the report for programs; times are in milliseconds."""
    result = report.result
    return {
        "outcome": result.outcome.value,
        "cause": result.cause.word,
        "detail": printable(result.detail),
        "http_status": result.http_status or None,
        "address": report.address,
        "timings": _milliseconds(result.timings),
        "assertions": [asdict(each) for each in report.assertions],
        "steps": [_step_as_json(step) for step in report.steps],
        "evidence": asdict(result.evidence) if result.evidence else None,
    }


def printable(text: str) -> str:
    """Replace what a terminal would interpret and what a database cannot store."""
    return "".join(each if each.isprintable() else " " for each in text)


def _step_as_json(step: TestRunStep) -> dict[str, Any]:
    return asdict(step) | {"timings": _milliseconds(step.timings)}


def _milliseconds(timings: Timings) -> dict[str, float]:
    return {name: microseconds / 1000 for name, microseconds in asdict(timings).items()}


def _step(
    request: Request, response: Response, secrets: Sequence[str], names: Mapping[int, str]
) -> TestRunStep:
    answered = response.headers or parsed_head(response.head)
    return TestRunStep(
        method=request.method,
        url=printable(masked(request.url.text, secrets)),
        address=response.address,
        request_headers=_shown(request.headers, secrets),
        status=response.status,
        http_version=response.http_version,
        response_headers=_shown(answered, secrets),
        failure=printable(without_in_sentence(response.failure.detail, secrets))
        if response.failure
        else "",
        timings=response.timings,
        step=request.step or None,
        step_name=names.get(request.step, ""),
    )


def _part(step: Step, secrets: Sequence[str]) -> TestRunStep:
    return TestRunStep(
        name=step.name,
        sent=_said(step.sent, secrets),
        received=_said(step.received, secrets),
        failure=printable(without_in_sentence(step.failure, secrets)),
        timings=Timings(total=step.microseconds),
    )


def _said(text: str, secrets: Sequence[str]) -> str:
    """Return masked lines. The end of the text may be the beginning of a secret."""
    shown = masked(text, secrets)
    if len(text) > _LONGEST_TEXT:
        shown = cut_off(shown, secrets)
    lines = (printable(line.replace("\ufffd", "·")).rstrip() for line in shown.splitlines())
    short = "\n".join(lines).strip("\n")
    return short if len(short) <= _LONGEST_TEXT else f"{short[:_LONGEST_TEXT]}…"


def _shown(headers: Iterable[tuple[str, str]], secrets: Sequence[str]) -> Pairs:
    """Mask before shortening: the beginning of a secret would not be recognized."""
    shown = masked_headers(headers, secrets, most=_MOST_HEADERS)
    return tuple((printable(name), _short(printable(value))) for name, value in shown)


def _short(value: str) -> str:
    return value if len(value) <= _LONGEST_VALUE else f"{value[:_LONGEST_VALUE]}…"


def _without_secrets(found: Asserted, secrets: Sequence[str]) -> Asserted:
    return Asserted(
        demand=printable(without_in_sentence(found.demand, secrets)),
        failure=printable(without_in_sentence(found.failure, secrets)) if found.failure else None,
    )


def _asserted(target: Target, tape: _Tape, result: ProbeResult) -> Iterator[Asserted]:
    """Judge the last answers again, to report the assertions that hold too."""
    for each in verdicts(target.settings, tape.exchanges, result):
        failure = each.verdict.failure
        yield Asserted(
            demand=f"{each.before}{each.verdict.assertion}",
            failure=f"{each.before}{failure}" if failure else None,
        )
