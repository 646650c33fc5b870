"""An assertion about the first value of a query's answer."""

from typing import Literal

from probes.assertions.base import ProbedResponse
from probes.assertions.comparing import ScalarAssertion, holds
from probes.assertions.reading import NotJsonError, quoted


class ValueAssertion(ScalarAssertion):
    """The first value of the first row. It `exists` if there is a row.

    The answer is a list in JSON: of this value, or of none.
    """

    type: Literal["value"]

    def __str__(self) -> str:
        return f"First value: {self.expectation()}"

    def failure(self, answer: ProbedResponse) -> str | None:
        try:
            found = answer.json
        except NotJsonError as error:
            return f"{self}, found {error}."
        if not isinstance(found, list) or not found:
            return f"{self}, found no row."
        if holds(found[0], self.comparison, self.value):
            return None
        return f"{self}, found {quoted(found[0])}."
