"""One check on its own, with everything that went over the wire, and no secret in it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from queue import SimpleQueue

from probes.assertions.base import Answer
from probes.assertions.settings import judged
from probes.base import ProbeResult, Target, Timings
from probes.engine import Engine
from probes.evidence import parsed_head
from probes.exchange import Request, Response
from probes.http_settings import HttpSettings
from probes.masking import masked, masked_headers, secrets_of, without
from security.egress import Policy

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One request and what came of it: a redirect, a token, a challenge, or the last answer."""

    method: str
    url: str
    request_headers: Pairs
    status: int
    http_version: str
    response_headers: Pairs
    trouble: str
    timings: Timings


@dataclass(frozen=True, slots=True, kw_only=True)
class Asserted:
    """One assertion, and the sentence of its failure if the last answer did not meet it."""

    demand: str
    failure: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    result: ProbeResult
    steps: Sequence[Step] = ()
    assertions: Sequence[Asserted] = ()


@dataclass(slots=True)
class _Tape:
    exchanges: list[tuple[Request, Response]] = field(default_factory=list)

    def record(self, request: Request, response: Response) -> None:
        self.exchanges.append((request, response))


def check_once(target: Target, policy: Policy, *, cafile: str | None = None) -> Report:
    """Make one check and wait for its end."""
    tape = _Tape()
    results: SimpleQueue[ProbeResult] = SimpleQueue()
    engine = Engine(1, policy, lambda _key, result: results.put(result), cafile=cafile)
    engine.overhear = tape.record
    engine.start()
    engine.submit("check", target)
    # A check that was held up is tried again, so its timeout does not bound this wait.
    result = results.get()
    engine.stop(0)
    secrets = secrets_of(target.credentials)
    return Report(
        result=result,
        steps=[_step(request, response, secrets) for request, response in tape.exchanges],
        assertions=_asserted(target, tape, result, secrets),
    )


def _step(request: Request, response: Response, secrets: Sequence[str]) -> Step:
    answered = response.headers or parsed_head(response.head)
    return Step(
        method=request.method,
        url=masked(request.url.text, secrets),
        request_headers=tuple(masked_headers(request.headers, secrets)),
        status=response.status,
        http_version=response.http_version,
        response_headers=tuple(masked_headers(answered, secrets)),
        trouble=without(response.trouble.detail, secrets) if response.trouble else "",
        timings=response.timings,
    )


def _asserted(
    target: Target, tape: _Tape, result: ProbeResult, secrets: Sequence[str]
) -> list[Asserted]:
    """Judge the last answer once more, to tell what was met too."""
    settings = target.settings
    if not isinstance(settings, HttpSettings) or not tape.exchanges:
        return []
    request, response = tape.exchanges[-1]
    if response.trouble:
        return []
    answer = Answer(response, request.url.text, result.timings.total // 1000)
    return [
        Asserted(
            demand=without(str(each.assertion), secrets),
            failure=without(each.failure, secrets) if each.failure else None,
        )
        for each in judged(settings.assertions, answer)
    ]
