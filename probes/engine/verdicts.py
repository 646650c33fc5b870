"""The assertions of a recorded check, judged again: a test run reports those that hold too."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from probes.assertions.base import ProbedResponse
from probes.assertions.budget import Budget
from probes.assertions.verdict import Verdict, judged
from probes.base import KindSettings, ProbeResult
from probes.exchange import Request, Response
from probes.kinds.http_settings import HttpSettings, RequestSettings
from probes.kinds.multistep.settings import MultistepSettings

Exchanges = Sequence[tuple[Request, Response]]


@dataclass(frozen=True, slots=True)
class PlacedVerdict:
    """`before` is the beginning of its sentence: the step of a multistep check, or nothing."""

    verdict: Verdict
    before: str = ""


def verdicts(
    settings: KindSettings, exchanges: Exchanges, result: ProbeResult
) -> Iterator[PlacedVerdict]:
    """Yield the verdicts on the last answer, or on the last answer to each step."""
    if isinstance(settings, HttpSettings) and exchanges:
        for each in _of(settings, exchanges[-1], result.timings.total):
            yield PlacedVerdict(each)
    if isinstance(settings, MultistepSettings):
        for number, step in enumerate(settings.steps, 1):
            own = [each for each in exchanges if each[0].step == number]
            took = sum(response.timings.total for _, response in own)
            for each in _of(step, own[-1], took) if own else ():
                yield PlacedVerdict(each, f"Step {number}{step.title}: ")


def _of(
    settings: RequestSettings, exchange: tuple[Request, Response], microseconds: int
) -> list[Verdict]:
    request, response = exchange
    if response.failure:
        return []
    budget = Budget.of(settings.assertions)
    answer = ProbedResponse(response, request.url.text, microseconds // 1000, budget)
    return judged(settings.assertions, answer)
