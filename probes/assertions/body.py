"""Assertions about the body: its text, its JSON, its size."""

from typing import ClassVar, Literal

from pydantic import Field, StrictInt

from probes.assertions import paths
from probes.assertions.base import Assertion, ProbedResponse
from probes.assertions.budget import BudgetError, Meter
from probes.assertions.comparing import Order, ScalarAssertion, holds, in_order, in_words
from probes.assertions.paths import JsonPath
from probes.assertions.patterns import Pattern, compiled, program_size, searched
from probes.assertions.reading import LARGEST_SEARCHED, NotJsonError, quoted
from probes.exchange import BODY_CAP
from probes.masking import is_secret_name, masked

_LONGEST_MATCH = 4096
"""The characters of a match that are masked, of which only the first are shown."""


class RegexAssertion(Assertion):
    """The body matches a regular expression anywhere, or does not match it.

    At most the first 256 Ki characters are searched, and fewer with large patterns
    (docs/reference/costs.md).
    """

    type: Literal["regex"]
    pattern: Pattern
    mode: Literal["present", "absent"] = "present"

    needs_body: ClassVar[bool] = True

    def __str__(self) -> str:
        wish = "to match" if self.mode == "present" else "not to match"
        return f"Body: expected {wish} {quoted(self.pattern)}"

    @property
    def program(self) -> int:
        return program_size(compiled(self.pattern))

    def failure(self, answer: ProbedResponse) -> str | None:
        match, looked_at = searched(self.pattern, answer.start, answer.budget)
        if (match is not None) is (self.mode == "present"):
            return None
        if match:
            return f"{self}, found {quoted(masked(match[0][:_LONGEST_MATCH], ()))}."
        cut = len(looked_at) < len(answer.text)
        where = f" in its first {len(looked_at):,} characters" if cut else ""
        return f"{self}, found no match{where}."


class JsonPathAssertion(ScalarAssertion):
    """A value at the JSON path satisfies the comparison. For `!=`, every value must."""

    type: Literal["json_path"]
    path: JsonPath

    needs_body: ClassVar[bool] = True

    def __str__(self) -> str:
        return f"JSON {quoted(self.path)}: {self.expectation()}"

    @property
    def searches(self) -> bool:
        return paths.compiled(self.path).searches

    def failure(self, answer: ProbedResponse) -> str | None:
        meter = answer.budget.meter(searches=self.searches)
        try:
            found = self._found(answer, meter)
            if not found:
                return f"{self}, found no such value."
            enough = all if self.comparison == "!=" else any
            if enough(self._holds(each, meter) for each in found):
                return None
        except NotJsonError as error:
            return f"{self}, found {error}."
        except BudgetError:
            return f"{self}, found too many values to compare."
        more = f" and {len(found) - 1} more" if len(found) > 1 else ""
        shown = "another value" if is_secret_name(self.path) else quoted(found[0])
        return f"{self}, found {shown}{more}."

    def _found(self, answer: ProbedResponse, meter: Meter) -> list[object]:
        """Return the values of the path, or raise `NotJsonError` or `BudgetError`."""
        if self.searches and len(answer.response.body) > LARGEST_SEARCHED:
            raise NotJsonError(
                f"an answer of more than {LARGEST_SEARCHED // 1024} KiB, which is not searched"
            )
        return paths.find(self.path, answer.json, meter)

    def _holds(self, found: object, meter: Meter) -> bool:
        inside = len(found) if self.comparison == "contains" and isinstance(found, list) else 0
        meter.spend(1 + inside)
        return holds(found, self.comparison, self.value)


class BodySizeAssertion(Assertion):
    """The size of the decoded body in bytes. Bytes beyond 1 MiB are not counted."""

    type: Literal["body_size"]
    comparison: Order
    value: StrictInt = Field(ge=0, le=BODY_CAP)

    def __str__(self) -> str:
        return f"Body size: expected {in_words(self.comparison)} {self.value:,} bytes"

    def failure(self, answer: ProbedResponse) -> str | None:
        size = answer.response.body_bytes
        if in_order(size, self.comparison, self.value):
            return None
        more = "more than " if answer.response.truncated else ""
        return f"{self}, found {more}{size:,} bytes."
