"""What the assertions of a check make of an answer."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.evaluation.outcome import Cause, Outcome
from probes.assertions.base import Assertion, ProbedResponse
from probes.failures import Failure

_LONGEST_DETAIL = 1000


@dataclass(frozen=True, slots=True)
class Verdict:
    """The result of one assertion: the sentence of its failure, or None."""

    assertion: Assertion
    failure: str | None


def judged(assertions: Sequence[Assertion], answer: ProbedResponse) -> list[Verdict]:
    return [Verdict(assertion, assertion.failure(answer)) for assertion in assertions]


def failure_of(assertions: Sequence[Assertion], answer: ProbedResponse) -> Failure | None:
    """Return a failure that names each assertion that is not met, those with outcome down first."""
    if not assertions:
        return None
    unmet = [each for each in judged(assertions, answer) if each.failure]
    if not unmet:
        return None
    unmet.sort(key=lambda each: each.assertion.outcome != "down")
    detail = " ".join(each.failure for each in unmet if each.failure)
    outcome = Outcome(unmet[0].assertion.outcome)
    return Failure(outcome=outcome, cause=Cause.ASSERTION, detail=detail[:_LONGEST_DETAIL])
