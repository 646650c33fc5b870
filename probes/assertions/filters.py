"""Filters of JSON paths (RFC 9535, 2.3.5), evaluated here so that each visit is counted.

The library that parses the paths evaluates filters with queries of its own. These take ten times as
long and cannot be stopped. A filter compares single values, in at most a few places.
"""

import operator
from collections.abc import Callable
from typing import Any

from jsonpath_rfc9535.filter_expressions import (
    ComparisonExpression,
    Expression,
    FilterExpression,
    FilterExpressionLiteral,
    FilterQuery,
    FunctionExtension,
    LogicalExpression,
    PrefixExpression,
    RelativeFilterQuery,
)
from jsonpath_rfc9535.selectors import IndexSelector, NameSelector

from probes.assertions.budget import Meter

MOST_COMPARISONS = 4
_CHARACTERS_A_VISIT = 1024

Operand = Callable[[Any, Any, Meter], Any]
"""Returns a value found from the current one and the whole document, or `NOTHING`."""
Test = Callable[[Any, Any, Meter], bool]


class _Nothing:
    """The result of a query that leads nowhere."""


NOTHING = _Nothing()


def test_of(expression: Expression) -> Test:
    """Return the evaluator of a filter, or raise `ValueError` with a sentence for the user."""
    if comparisons(expression) > MOST_COMPARISONS:
        raise ValueError(
            f"A filter of a JSON path may have at most {MOST_COMPARISONS} comparisons."
        )
    return _test(expression)


def comparisons(expression: Expression) -> int:
    """Count the tests of a filter on one value: comparisons and existence tests."""
    match expression:
        case FilterExpression():
            return comparisons(expression.expression)
        case LogicalExpression():
            return comparisons(expression.left) + comparisons(expression.right)
        case PrefixExpression():
            return comparisons(expression.right)
        case _:
            return 1


def _test(expression: Expression) -> Test:
    match expression:
        case FilterExpression():
            return _test(expression.expression)
        case PrefixExpression():
            inner = _test(expression.right)
            return lambda current, root, meter: not inner(current, root, meter)
        case LogicalExpression():
            return _both_or_either(expression)
        case ComparisonExpression():
            return _comparison(expression)
        case FilterQuery():
            operand = _query(expression)
            return lambda current, root, meter: operand(current, root, meter) is not NOTHING
        case _:
            raise _not_plain()


def _both_or_either(expression: LogicalExpression) -> Test:
    left, right = _test(expression.left), _test(expression.right)
    if expression.operator == "&&":
        return lambda current, root, meter: (
            left(current, root, meter) and right(current, root, meter)
        )
    return lambda current, root, meter: left(current, root, meter) or right(current, root, meter)


def _comparison(expression: ComparisonExpression) -> Test:
    left, right = _operand(expression.left), _operand(expression.right)
    compare = _COMPARE[expression.operator]

    def test(current: object, root: object, meter: Meter) -> bool:
        meter.spend()
        return compare(left(current, root, meter), right(current, root, meter), meter)

    return test


def _operand(expression: Expression) -> Operand:
    match expression:
        case FilterExpressionLiteral():
            literal = expression.value
            return lambda _current, _root, _meter: literal
        case FilterQuery():
            return _query(expression)
        case FunctionExtension():
            return _function(expression)
        case _:
            raise _not_plain()


def _query(expression: FilterQuery) -> Operand:
    """Return a function that follows names and indices from a value to another."""
    if not expression.query.singular_query():
        raise _not_plain()
    steps = [_step(segment.selectors[0]) for segment in expression.query.segments]
    is_relative = isinstance(expression, RelativeFilterQuery)
    visits = 1 + len(steps)

    def operand(current: Any, root: Any, meter: Meter) -> Any:  # noqa: ANN401 - whatever JSON says
        meter.spend(visits)
        value: Any = current if is_relative else root
        try:
            for kind, step in steps:
                if not isinstance(value, kind):
                    return NOTHING
                value = value[step]
        except (KeyError, IndexError):
            return NOTHING
        return value

    return operand


def _step(selector: object) -> tuple[type[Any], Any]:
    """Return the type that a step applies to, and its name or index."""
    if isinstance(selector, NameSelector):
        return dict, selector.name
    if isinstance(selector, IndexSelector):
        return list, selector.index
    raise _not_plain()


def _function(expression: FunctionExtension) -> Operand:
    if len(expression.args) != 1:
        raise _not_plain()
    argument = _operand(expression.args[0])
    match expression.name:
        case "length":
            return lambda current, root, meter: _length(argument(current, root, meter))
        case "count":
            # A query for a single value finds one or none.
            return lambda current, root, meter: int(argument(current, root, meter) is not NOTHING)
        case "value":
            return argument
        case _:
            raise _not_plain()


def _length(value: object) -> object:
    return len(value) if isinstance(value, str | list | dict) else NOTHING


def _not_plain() -> ValueError:
    return ValueError("A filter of a JSON path may only compare single values.")


def _equal(left: object, right: object, meter: Meter) -> bool:
    """Compare with the types of JSON; each element of a list or an object counts as a visit."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, int | float) and isinstance(right, int | float):
        return left == right
    if isinstance(left, str) and isinstance(right, str):
        meter.spend(len(left) // _CHARACTERS_A_VISIT)
        return left == right
    if isinstance(left, list) and isinstance(right, list):
        meter.spend(len(left))
        return len(left) == len(right) and all(
            _equal(one, other, meter) for one, other in zip(left, right, strict=True)
        )
    if isinstance(left, dict) and isinstance(right, dict):
        meter.spend(len(left))
        return left.keys() == right.keys() and all(
            _equal(value, right[name], meter) for name, value in left.items()
        )
    return left is right


def _ordered(
    order: Callable[[Any, Any], bool], left: object, right: object, meter: Meter
) -> bool | None:
    """Compare two numbers or two texts; other values have no order."""
    if isinstance(left, str) and isinstance(right, str):
        meter.spend(len(left) // _CHARACTERS_A_VISIT)
        return order(left, right)
    are_numbers = all(
        isinstance(each, int | float) and not isinstance(each, bool) for each in (left, right)
    )
    return order(left, right) if are_numbers else None


def _less(left: object, right: object, meter: Meter) -> bool:
    return bool(_ordered(operator.lt, left, right, meter))


_COMPARE: dict[str, Callable[[object, object, Meter], bool]] = {
    "==": _equal,
    "!=": lambda left, right, meter: not _equal(left, right, meter),
    "<": _less,
    ">": lambda left, right, meter: _less(right, left, meter),
    "<=": lambda left, right, meter: _less(left, right, meter) or _equal(left, right, meter),
    ">=": lambda left, right, meter: _less(right, left, meter) or _equal(left, right, meter),
}
