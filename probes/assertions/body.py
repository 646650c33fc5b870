"""Assertions about the body: its words, what it says in JSON, its size."""

from typing import ClassVar, Literal, Self

from pydantic import Field, StrictInt, model_validator

from probes.assertions import paths
from probes.assertions.base import Answer, Assertion
from probes.assertions.comparing import Comparison, Order, Scalar, holds, in_order, in_words
from probes.assertions.paths import JsonPath
from probes.assertions.patterns import Pattern, compiled
from probes.assertions.reading import NotJsonError, quoted
from probes.exchange import BODY_CAP
from probes.masking import is_secret_name, masked


class RegexAssertion(Assertion):
    """The first 256 Ki characters of the body match, anywhere, or do not."""

    type: Literal["regex"]
    pattern: Pattern
    mode: Literal["present", "absent"] = "present"

    needs_body: ClassVar[bool] = True

    def __str__(self) -> str:
        wish = "to match" if self.mode == "present" else "not to match"
        return f"Body: expected {wish} {quoted(self.pattern)}"

    def failure(self, answer: Answer) -> str | None:
        match = compiled(self.pattern).search(answer.start)
        if (match is not None) is (self.mode == "present"):
            return None
        found = quoted(masked(match[0], ())) if match else "no match"
        return f"{self}, found {found}."


class JsonPathAssertion(Assertion):
    """Some value that the path leads to compares as demanded; for `!=`, each of them."""

    type: Literal["json_path"]
    path: JsonPath
    comparison: Comparison = "=="
    value: Scalar = None

    needs_body: ClassVar[bool] = True

    @model_validator(mode="after")
    def _check_value(self) -> Self:
        if self.comparison == "exists" and self.value is not None:
            raise ValueError("A comparison with exists takes no value.")
        if self.comparison in {"<", "<=", ">", ">="} and (
            self.value is None or isinstance(self.value, bool)
        ):
            raise ValueError("This comparison needs a number or a text as its value.")
        return self

    def __str__(self) -> str:
        expected = "" if self.comparison == "exists" else f" {quoted(self.value)}"
        return f"JSON {quoted(self.path)}: expected {in_words(self.comparison)}{expected}"

    def failure(self, answer: Answer) -> str | None:
        try:
            found = paths.find(self.path, answer.json)
        except NotJsonError as error:
            return f"{self}, found {error}."
        except paths.TooManyError:
            return f"{self}, found more values than are looked at."
        if not found:
            return f"{self}, found no such value."
        enough = all if self.comparison == "!=" else any
        if enough(holds(each, self.comparison, self.value) for each in found):
            return None
        more = f" and {len(found) - 1} more" if len(found) > 1 else ""
        shown = "another value" if is_secret_name(self.path) else quoted(found[0])
        return f"{self}, found {shown}{more}."


class BodySizeAssertion(Assertion):
    """The decoded body has a size in bytes; what is beyond 1 MiB is not counted."""

    type: Literal["body_size"]
    comparison: Order
    value: StrictInt = Field(ge=0, le=BODY_CAP)

    def __str__(self) -> str:
        return f"Body size: expected {in_words(self.comparison)} {self.value:,} bytes"

    def failure(self, answer: Answer) -> str | None:
        size = answer.response.body_bytes
        if in_order(size, self.comparison, self.value):
            return None
        more = "more than " if answer.response.truncated else ""
        return f"{self}, found {more}{size:,} bytes."
