"""The assertions of a monitor. A new type is one class and one line here."""

from typing import Annotated

from pydantic import AfterValidator, Field

from probes.assertions.answer import FinalUrlAssertion, HeaderAssertion, HttpVersionAssertion
from probes.assertions.body import BodySizeAssertion, JsonPathAssertion, RegexAssertion
from probes.assertions.connection import (
    CertificateDaysLeftAssertion,
    LatencyAssertion,
    TlsVersionAssertion,
)
from probes.assertions.patterns import LARGEST_PROGRAM
from probes.assertions.value import ValueAssertion

MOST = 20
MOST_SEARCHES = 3
"""They share one budget."""

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


def _checked(assertions: tuple[_ANY, ...]) -> tuple[_ANY, ...]:
    if sum(each.program for each in assertions) > LARGEST_PROGRAM:
        raise ValueError("The regular expressions are too large in total.")
    if sum(each.searches is True for each in assertions) > MOST_SEARCHES:
        raise ValueError(f"At most {MOST_SEARCHES} JSON paths may lead to more than one value.")
    return assertions


Assertions = Annotated[
    tuple[Annotated[_ANY, Field(discriminator="type")], ...],
    Field(
        max_length=MOST,
        description="Assertions that an answer with an expected status must also satisfy.",
    ),
    AfterValidator(_checked),
]


ValueAssertions = Annotated[
    tuple[Annotated[ValueAssertion | LatencyAssertion, Field(discriminator="type")], ...],
    Field(
        max_length=MOST,
        description="Assertions that the answer to a query must also satisfy.",
    ),
]
