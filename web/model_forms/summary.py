"""The summary of a refused form: each problem, with the label and the input that it is about."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from web.findings import step_title
from web.forms import Form
from web.model_forms.showing import Input

_TYPE_OF_ROW = re.compile(r"^(.*\.[0-9]+)\.[a-z_]+(?=\.|$)")
"""The type after the last number: a row may be within another, whose fields have no type."""


def errors(inputs: Iterable[Input], form: Form) -> list[dict[str, str]]:
    """Return the problems in the order in which they were found."""
    known = {each.path: each for each in _all(inputs, "")}
    return [
        _error(_found(known, path), text) for path, texts in form.problems.items() for text in texts
    ]


def _all(inputs: Iterable[Input], before: str) -> Iterator[Input]:
    """Yield the inputs at any depth. The label of one in a numbered row begins with its step."""
    for each in inputs:
        yield replace(each, label=f"{before}{each.label}")
        for number, row in enumerate(each.rows, 1):
            step = f"{step_title(number, '')}, " if each.is_ordered else before
            yield from _all(row.inputs, step)


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
