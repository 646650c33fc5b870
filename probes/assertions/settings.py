"""The list of assertions as a monitor has it. A new type is one class and one line here."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from pydantic import AfterValidator, Field

from probes.assertions import paths
from probes.assertions.answer import FinalUrlAssertion, HeaderAssertion, HttpVersionAssertion
from probes.assertions.base import Answer, Assertion
from probes.assertions.body import BodySizeAssertion, JsonPathAssertion, RegexAssertion
from probes.assertions.connection import (
    CertificateDaysLeftAssertion,
    LatencyAssertion,
    TlsVersionAssertion,
)
from probes.assertions.patterns import LARGEST_PROGRAM, compiled, program_size

MOST = 20
_MOST_SEARCHES = 3
"""Each of them may look at the whole document."""

_ANY = (
    RegexAssertion
    | JsonPathAssertion
    | BodySizeAssertion
    | HeaderAssertion
    | FinalUrlAssertion
    | HttpVersionAssertion
    | TlsVersionAssertion
    | CertificateDaysLeftAssertion
    | LatencyAssertion
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of one assertion: the sentence of its failure, or none."""

    assertion: Assertion
    failure: str | None


def judged(assertions: Sequence[Assertion], answer: Answer) -> list[Verdict]:
    return [Verdict(assertion, assertion.failure(answer)) for assertion in assertions]


def _checked(assertions: tuple[_ANY, ...]) -> tuple[_ANY, ...]:
    patterns = [each.pattern for each in assertions if isinstance(each, RegexAssertion)]
    if sum(program_size(compiled(pattern)) for pattern in patterns) > LARGEST_PROGRAM:
        raise ValueError("The regular expressions are too large together.")
    queries = [
        paths.compiled(each.path) for each in assertions if isinstance(each, JsonPathAssertion)
    ]
    if sum(not query.singular_query() for query in queries) > _MOST_SEARCHES:
        raise ValueError(f"At most {_MOST_SEARCHES} JSON paths may lead to more than one value.")
    return assertions


Assertions = Annotated[
    tuple[Annotated[_ANY, Field(discriminator="type")], ...],
    Field(max_length=MOST, description="What an answer with an expected status must also meet."),
    AfterValidator(_checked),
]
