"""The comparison of a found text with an expected one."""

from typing import Self

from pydantic import Field, model_validator

from probes.assertions.base import Assertion
from probes.assertions.budget import Budget
from probes.assertions.comparing import HandleKey, in_words
from probes.assertions.patterns import compiled, program_size, searched
from probes.assertions.reading import quoted

_NEED_NO_VALUE = frozenset({"exists", "absent"})


class TextAssertion(Assertion):
    """An assertion about a short text. `matches` takes a regular expression in RE2 syntax."""

    comparison: HandleKey = "=="
    value: str = Field(default="", max_length=1000)

    @model_validator(mode="after")
    def _check_value(self) -> Self:
        if (self.comparison in _NEED_NO_VALUE) is bool(self.value):
            needs = "takes no" if self.value else "needs a"
            raise ValueError(f"A comparison with {self.comparison} {needs} value.")
        if "\0" in self.value:
            raise ValueError("NUL characters are not accepted.")
        if self.comparison == "matches":
            compiled(self.value)
        return self

    def expectation(self) -> str:
        wanted = "" if self.comparison in _NEED_NO_VALUE else f" {quoted(self.value)}"
        return f"expected {in_words(self.comparison)}{wanted}"

    @property
    def program(self) -> int:
        return program_size(compiled(self.value)) if self.comparison == "matches" else 0

    def holds(self, found: str | None, budget: Budget) -> bool:
        if self.comparison in _NEED_NO_VALUE:
            return (found is None) is (self.comparison == "absent")
        if self.comparison in {"!=", "not_contains"} and found is None:
            return True
        return found is not None and self._compares(found, budget)

    def _compares(self, found: str, budget: Budget) -> bool:
        if self.comparison == "matches":
            match, _ = searched(self.value, found, budget)
            return match is not None
        if self.comparison in {"contains", "not_contains"}:
            return (self.value in found) is (self.comparison == "contains")
        return (found == self.value) is (self.comparison == "==")
