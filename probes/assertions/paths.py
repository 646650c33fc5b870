"""JSON paths (RFC 9535) that cannot be made to take long, whatever document they are given.

Each part selects in one way, at most one part descends, and filters compare single values: so
each value of a document is looked at once per part.
"""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Annotated, Any

from jsonpath_rfc9535 import JSONPathEnvironment, JSONPathError, JSONPathNode, JSONPathQuery
from jsonpath_rfc9535.filter_expressions import Expression, FilterQuery, FunctionExtension
from jsonpath_rfc9535.segments import JSONPathRecursiveDescentSegment
from jsonpath_rfc9535.selectors import FilterSelector
from pydantic import AfterValidator, Field

MOST_NODES = 20_000


class TooManyError(Exception):
    """The path leads to more values than are looked at."""


class _Environment(JSONPathEnvironment):
    def setup_function_extensions(self) -> None:
        """Leave out `match` and `search`: they would run on an engine that can be made to hang."""
        super().setup_function_extensions()
        for name in ("match", "search"):
            del self.function_extensions[name]


_ENVIRONMENT = _Environment()


@lru_cache(maxsize=4096)
def compiled(path: str) -> JSONPathQuery:
    """Return the compiled path; raises `ValueError` with a sentence for the user."""
    try:
        query = _ENVIRONMENT.compile(path)
    except (JSONPathError, RecursionError, ValueError) as error:
        raise ValueError("Not a JSON path (RFC 9535) such as $.items[0].name.") from error
    if any(len(segment.selectors) > 1 for segment in query.segments):
        raise ValueError("Each part of a JSON path may select in one way only.")
    if sum(isinstance(each, JSONPathRecursiveDescentSegment) for each in query.segments) > 1:
        raise ValueError("A JSON path may descend with .. only once.")
    for segment in query.segments:
        for selector in segment.selectors:
            if isinstance(selector, FilterSelector) and not _is_plain(selector.expression):
                raise ValueError("A filter of a JSON path may only compare single values.")
    return query


def _is_plain(expression: object) -> bool:
    if isinstance(expression, FilterQuery):
        return expression.query.singular_query()
    if isinstance(expression, FunctionExtension):
        return all(_is_plain(each) for each in expression.args)
    inner = ("expression", "left", "right")
    parts = [getattr(expression, name) for name in inner if hasattr(expression, name)]
    return all(_is_plain(part) for part in parts if isinstance(part, Expression))


def find(path: str, value: Any) -> list[object]:  # noqa: ANN401 - whatever JSON says
    """Return the values that the path leads to; raises `TooManyError`."""
    nodes: Iterable[JSONPathNode] = [
        JSONPathNode(value=value, location=(), parent=None, root=value)
    ]
    try:
        for segment in compiled(path).segments:
            nodes = _counted(segment.resolve(nodes))
        return [node.value for node in nodes]
    except (JSONPathError, RecursionError) as error:
        raise TooManyError from error


def _counted(nodes: Iterable[JSONPathNode]) -> Iterator[JSONPathNode]:
    for number, node in enumerate(nodes):
        if number >= MOST_NODES:
            raise TooManyError
        yield node


def _checked(path: str) -> str:
    compiled(path)
    return path


JsonPath = Annotated[str, Field(min_length=1, max_length=300), AfterValidator(_checked)]
"""A JSON path, checked when it is written."""
