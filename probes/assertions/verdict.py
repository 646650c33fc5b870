"""What the assertions of a check make of an answer."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from domain.evaluation.outcome import Cause, Outcome
from probes.assertions.base import Assertion, ProbedResponse
from probes.base import Asserted
from probes.failures import Failure

_LONGEST_DETAIL = 1000


@dataclass(frozen=True, slots=True)
class Verdict:
    """The result of one assertion: the sentence of its failure, or None."""

    assertion: Assertion
    failure: str | None


def judged(assertions: Sequence[Assertion], answer: ProbedResponse) -> list[Verdict]:
    return [Verdict(assertion, assertion.failure(answer)) for assertion in assertions]


def asserted(verdicts: Iterable[Verdict]) -> tuple[Asserted, ...]:
    """Return the assertions as a test run reports them."""
    return tuple(Asserted(demand=str(each.assertion), failure=each.failure) for each in verdicts)


def failure_of(verdicts: Iterable[Verdict]) -> Failure | None:
    """Return a failure that names each assertion that is not met, those with outcome down first."""
    unmet = [each for each in verdicts if each.failure]
    if not unmet:
        return None
    unmet.sort(key=lambda each: each.assertion.outcome != "down")
    detail = " ".join(each.failure for each in unmet if each.failure)
    outcome = Outcome(unmet[0].assertion.outcome)
    return Failure(outcome=outcome, cause=Cause.ASSERTION, detail=detail[:_LONGEST_DETAIL])
