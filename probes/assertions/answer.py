"""Assertions about the transport of the answer: a header, the final URL, the HTTP version."""

import re
from typing import ClassVar, Literal

from pydantic import Field

from probes.assertions.base import Assertion, ProbedResponse
from probes.assertions.comparing import Order, in_order, in_words
from probes.assertions.reading import quoted
from probes.assertions.text_match import TextAssertion
from probes.masking import is_secret_name, without_query

_LONGEST_HEADER = 8192


class HeaderAssertion(TextAssertion):
    """A header of the last answer; several of one name count as one, joined by commas."""

    type: Literal["header"]
    name: str = Field(pattern=r"^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$")

    needs_headers: ClassVar[bool] = True

    def __str__(self) -> str:
        return f"Header {self.name.lower()}: {self.expectation()}"

    def failure(self, answer: ProbedResponse) -> str | None:
        found = answer.header(self.name)
        if self.holds(found[:_LONGEST_HEADER] if found else found, answer.budget):
            return None
        return f"{self}, found {self._shown(found)}."

    def _shown(self, found: str | None) -> str:
        if found is None:
            return "no such header"
        return "another value" if is_secret_name(self.name) else quoted(found)


class FinalUrlAssertion(TextAssertion):
    """The address of the last answer, after all redirects."""

    type: Literal["final_url"]
    comparison: Literal["==", "!=", "contains", "not_contains", "matches"] = "=="

    def __str__(self) -> str:
        return f"Final URL: {self.expectation()}"

    def failure(self, answer: ProbedResponse) -> str | None:
        if self.holds(answer.url, answer.budget):
            return None
        # Sites put tokens into the query.
        return f"{self}, found {quoted(without_query(answer.url))}."


class HttpVersionAssertion(Assertion):
    type: Literal["http_version"]
    comparison: Order = "=="
    value: Literal["1.0", "1.1", "2", "3"]

    def __str__(self) -> str:
        return f"HTTP version: expected {in_words(self.comparison)} {self.value}"

    def failure(self, answer: ProbedResponse) -> str | None:
        found = answer.response.http_version
        if re.fullmatch(r"[0-9.]+", found) and in_order(
            float(found), self.comparison, float(self.value)
        ):
            return None
        return f"{self}, found {found or 'none'}."
