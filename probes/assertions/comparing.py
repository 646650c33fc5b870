"""The comparison of a found value with an expected one."""

import math
import operator
from collections.abc import Callable
from typing import Annotated, Literal, Self

from pydantic import PlainValidator, model_validator

from probes.assertions.base import Assertion
from probes.assertions.reading import quoted

Order = Literal["==", "!=", "<", "<=", ">", ">="]
HandleKey = Literal["==", "!=", "contains", "not_contains", "matches", "exists", "absent"]
Comparison = Literal["==", "!=", "<", "<=", ">", ">=", "contains", "exists"]
_LONGEST_VALUE = 1000


def _scalar(value: object) -> object:
    if not isinstance(value, str | int | float | None):
        raise ValueError("Must be a text, a number, true, false or null.")  # noqa: TRY004 - pydantic takes this for an error of the user's
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError("Must be a number that JSON can represent.")
    if isinstance(value, str) and (len(value) > _LONGEST_VALUE or "\0" in value):
        raise ValueError(f"A text may have at most {_LONGEST_VALUE} characters, and no NUL.")
    return value


Scalar = Annotated[str | int | float | bool | None, PlainValidator(_scalar)]
"""A single JSON value; its type is kept."""

_ORDERS: dict[str, Callable[[float, float], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_WORDS = {
    "==": "to be",
    "!=": "not to be",
    "<": "to be less than",
    "<=": "to be at most",
    ">": "to be more than",
    ">=": "to be at least",
    "contains": "to contain",
    "not_contains": "not to contain",
    "matches": "to match",
    "exists": "to exist",
    "absent": "to be absent",
}


def in_words(comparison: str) -> str:
    return _WORDS[comparison]


def in_order(found: float, comparison: Order, expected: float) -> bool:
    return _ORDERS[comparison](found, expected)


def holds(found: object, comparison: Comparison, expected: Scalar) -> bool:
    """Compare two JSON values. Types count: `1` is neither `"1"` nor `true`."""
    if comparison == "exists":
        return True
    if comparison == "contains":
        return _contains(found, expected)
    if comparison in {"==", "!="}:
        return _same(found, expected) is (comparison == "==")
    if _is_number(found) and _is_number(expected):
        return _ORDERS[comparison](found, expected)  # type: ignore[arg-type] # both are numbers
    if isinstance(found, str) and isinstance(expected, str):
        return bool(_ORDERS[comparison](found, expected))  # type: ignore[arg-type] # text has an order too
    return False


def _contains(found: object, expected: Scalar) -> bool:
    if isinstance(found, str):
        return isinstance(expected, str) and expected in found
    if isinstance(found, list):
        return any(_same(each, expected) for each in found)
    return isinstance(found, dict) and expected in found


def _same(found: object, expected: object) -> bool:
    if _is_number(found) and _is_number(expected):
        return found == expected
    return type(found) is type(expected) and found == expected


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


class ScalarAssertion(Assertion):
    """An assertion about a single value, whose type counts."""

    comparison: Comparison = "=="
    value: Scalar = None

    @model_validator(mode="after")
    def _check_value(self) -> Self:
        if self.comparison == "exists" and self.value is not None:
            raise ValueError("A comparison with exists takes no value.")
        if self.comparison in {"<", "<=", ">", ">="} and (
            self.value is None or isinstance(self.value, bool)
        ):
            raise ValueError("This comparison needs a number or a text as its value.")
        return self

    def expectation(self) -> str:
        wanted = "" if self.comparison == "exists" else f" {quoted(self.value)}"
        return f"expected {in_words(self.comparison)}{wanted}"
