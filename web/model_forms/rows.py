"""Lists of rows in a form: some added, some removed, and the rest numbered from 0 on."""

from collections.abc import Iterable

from werkzeug.datastructures import MultiDict

from web.model_forms import names
from web.model_forms.fields import Field, Shape

Typed = MultiDict[str, str]
_MOST = 100
"""More are cut off: no list takes as many."""


def settled(fields: Iterable[Field], typed: Typed, prefix: str = "") -> Typed:
    """Return what was typed with its rows numbered as the model numbers their problems.

    A row is gone if its button was pressed, or if it is blank and its list has one kind of row. The
    button of a list adds a row of the chosen type.
    """
    result = typed
    for field in fields:
        if field.shape is Shape.ROWS:
            result = _settled(field, result, f"{prefix}{field.name}")
    return result


def count(typed: Typed, path: str) -> int:
    """Return how many rows a settled list has."""
    return len(typed.getlist(names.rows(path)))


def asks_to_show_again(typed: Typed) -> bool:
    """Return whether the button was one that adds or removes a row, or searches."""
    return any(each in typed for each in names.BUTTONS)


def _settled(field: Field, typed: Typed, path: str) -> Typed:
    kept = [
        number
        for number in typed.getlist(names.rows(path))[:_MOST]
        if typed.get(names.DROP) != f"{path}.{number}" and not _is_blank(field, typed, path, number)
    ]
    others = [
        (name, value)
        for name, value in typed.items(multi=True)
        if not _row_of(name, path) and name != names.rows(path)
    ]
    rows = []
    for index, number in enumerate(kept):
        rows.append((names.rows(path), str(index)))
        rows += [
            (name.replace(f"{path}.{number}.", f"{path}.{index}.", 1), value)
            for name, value in typed.items(multi=True)
            if _row_of(name, path) == number
        ]
    return MultiDict([*others, *rows, *_added(field, typed, path, len(kept))])


def _added(field: Field, typed: Typed, path: str, number: int) -> list[tuple[str, str]]:
    kind = typed.get(names.new(path), "")
    if typed.get(names.MORE) != path or kind not in field.rows:
        return []
    usual = [
        (f"{path}.{number}.{each.name}", str(each.usual))
        for each in field.rows[kind]
        if each.usual is not None and not each.is_secret
    ]
    return [(names.rows(path), str(number)), (f"{path}.{number}.{names.TYPE}", kind), *usual]


def _is_blank(field: Field, typed: Typed, path: str, number: str) -> bool:
    if "" not in field.rows:
        return False
    return not any(
        typed.get(names.of(each, f"{path}.{number}."), "").strip() for each in field.rows[""]
    )


def _row_of(name: str, path: str) -> str:
    """Return the number of the row that an input belongs to, or nothing."""
    path_of_input = name.removeprefix(names.secret(""))
    if not path_of_input.startswith(f"{path}."):
        return ""
    return path_of_input.removeprefix(f"{path}.").partition(".")[0]
