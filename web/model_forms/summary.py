"""The summary of a refused form: each problem, with the label and the input that it is about."""

import re
from collections.abc import Iterable, Iterator

from web.forms import Form
from web.model_forms.showing import Input

_TYPE_OF_ROW = re.compile(r"^(.*\.[0-9]+)\.[a-z_]+(?=\.|$)")
"""The type after the last number: a row may be within another, whose fields have no type."""


def errors(inputs: Iterable[Input], form: Form) -> list[dict[str, str]]:
    """Return the problems in the order in which they were found."""
    known = {each.path: each for each in _all(inputs)}
    return [
        _error(_found(known, path), text) for path, texts in form.problems.items() for text in texts
    ]


def _all(inputs: Iterable[Input]) -> Iterator[Input]:
    for each in inputs:
        yield each
        for row in each.rows:
            yield from _all(row.inputs)


def _found(known: dict[str, Input], path: str) -> Input | None:
    """Return the input that is closest to a problem. Rows are named with their type, or without."""
    if path not in known:
        path = _TYPE_OF_ROW.sub(r"\1", path)
    while path and path not in known:
        path = path.rpartition(".")[0]
    return known.get(path)


def _error(found: Input | None, text: str) -> dict[str, str]:
    if found is None:
        return {"name": "", "label": "", "text": text}
    return {"name": found.name, "label": found.label, "text": text}
