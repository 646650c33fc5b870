"""JSON paths (RFC 9535) with bounded evaluation, whatever the document.

Each segment has one selector, at most one segment descends, and filters compare single values.
Every visited value is counted during the evaluation, even if it leads to nothing.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Any

from jsonpath_rfc9535 import JSONPathEnvironment, JSONPathError
from jsonpath_rfc9535.segments import JSONPathRecursiveDescentSegment, JSONPathSegment
from jsonpath_rfc9535.selectors import (
    FilterSelector,
    IndexSelector,
    JSONPathSelector,
    NameSelector,
    SliceSelector,
)
from pydantic import AfterValidator, Field

from probes.assertions.budget import BudgetError, Meter
from probes.assertions.filters import test_of


class _Environment(JSONPathEnvironment):
    def setup_function_extensions(self) -> None:
        """Leave out `match` and `search`, whose regular expression engine can be made to hang."""
        super().setup_function_extensions()
        for name in ("match", "search"):
            del self.function_extensions[name]


_ENVIRONMENT = _Environment()

_Select = Callable[[Any, Any, Meter], Iterable[Any]]
"""Returns the values that a segment selects from one value of the document."""


@dataclass(frozen=True, slots=True)
class _Part:
    descends: bool
    select: _Select


@dataclass(frozen=True, slots=True)
class Path:
    """A compiled path. `searches` means that it may lead to more than one value."""

    parts: tuple[_Part, ...]
    searches: bool


@lru_cache(maxsize=4096)
def compiled(path: str) -> Path:
    """Return the compiled path, or raise `ValueError` with a sentence for the user."""
    try:
        query = _ENVIRONMENT.compile(path)
    except (JSONPathError, RecursionError, ValueError) as error:
        raise ValueError("Not a JSON path (RFC 9535) such as $.items[0].name.") from error
    if any(len(segment.selectors) > 1 for segment in query.segments):
        raise ValueError("Each part of a JSON path may select in one way only.")
    parts = tuple(map(_part, query.segments))
    if sum(part.descends for part in parts) > 1:
        raise ValueError("A JSON path may descend with .. only once.")
    return Path(parts, searches=not query.singular_query())


def find(path: str, document: object, meter: Meter) -> list[object]:
    """Return the values of the path, or raise `BudgetError`."""
    values = [document]
    try:
        for part in compiled(path).parts:
            begin: Iterable[object] = _below(values, meter) if part.descends else values
            values = [found for each in begin for found in _found(part, each, document, meter)]
    except RecursionError as error:
        raise BudgetError from error
    return values


def _found(part: _Part, value: object, document: object, meter: Meter) -> Iterable[object]:
    meter.spend()
    return part.select(value, document, meter)


def _below(values: Iterable[object], meter: Meter) -> Iterator[object]:
    """Yield these values and all objects and lists in them, each before its contents."""
    left = list(values)[::-1]
    while left:
        value = left.pop()
        yield value
        inside = _children(value)
        meter.spend(len(inside))
        left.extend(each for each in reversed(inside) if isinstance(each, dict | list))


def _children(value: object) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


def _part(segment: JSONPathSegment) -> _Part:
    descends = isinstance(segment, JSONPathRecursiveDescentSegment)
    return _Part(descends, _select(segment.selectors[0]))


def _select(selector: JSONPathSelector) -> _Select:
    match selector:
        case NameSelector():
            return _by_name(selector.name)
        case IndexSelector():
            index = selector.index
            return _by_slice(slice(index, index + 1 or None))
        case SliceSelector():
            return _by_slice(selector.slice)
        case FilterSelector():
            return _by_filter(selector)
        case _:
            return _all


def _by_name(name: str) -> _Select:
    def select(value: Any, _document: object, _meter: Meter) -> Iterable[Any]:  # noqa: ANN401 - whatever JSON says
        return (value[name],) if isinstance(value, dict) and name in value else ()

    return select


def _by_slice(places: slice) -> _Select:
    def select(value: Any, _document: object, meter: Meter) -> Iterable[Any]:  # noqa: ANN401 - whatever JSON says
        found = value[places] if isinstance(value, list) and places.step != 0 else ()
        meter.spend(len(found))
        return found

    return select


def _by_filter(selector: FilterSelector) -> _Select:
    test = test_of(selector.expression)

    def select(value: object, document: object, meter: Meter) -> Iterable[Any]:
        for each in _children(value):
            meter.spend()
            if test(each, document, meter):
                yield each

    return select


def _all(value: object, _document: object, meter: Meter) -> Iterable[Any]:
    found = _children(value)
    meter.spend(len(found))
    return found


def _checked(path: str) -> str:
    compiled(path)
    return path


JsonPath = Annotated[str, Field(min_length=1, max_length=300), AfterValidator(_checked)]
"""A JSON path, validated on write."""
