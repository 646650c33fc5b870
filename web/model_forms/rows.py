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

    A row is gone if its button was pressed, or if it is blank and its list has one kind of row.
    Buttons also move a row. The button of a list adds a row of the chosen type. Lists within rows are
    settled first, because the buttons name rows by their numbers before.
    """
    result = typed
    for field in fields:
        if field.shape is Shape.ROWS:
            path = f"{prefix}{field.name}"
            for number in typed.getlist(names.rows(path))[:_MOST]:
                kind = typed.get(f"{path}.{number}.{names.TYPE}", "")
                result = settled(field.rows.get(kind, ()), result, f"{path}.{number}.")
            result = _settled(field, result, path)
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
    moved = _move(kept, typed, path)
    others = [
        (name, moved.get(name, value))
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
        (f"{path}.{number}.{each.name}", text)
        for each in field.rows[kind]
        if (text := _usual_text(each)) is not None
    ]
    return [(names.rows(path), str(number)), (f"{path}.{number}.{names.TYPE}", kind), *usual]


def _usual_text(field: Field) -> str | None:
    """Return what a new row has typed into a field, or None if nothing."""
    if field.usual is None or field.is_secret or field.shape in {Shape.ROWS, Shape.PAIRS}:
        return None
    if field.shape is Shape.CHECK:
        return "1" if field.usual else None
    if field.shape is Shape.LINES:
        return "\n".join(map(str, field.usual))
    return str(field.usual)


def _move(numbers: list[str], typed: Typed, path: str) -> dict[str, str]:
    """Swap the row that a button names with its neighbor, if it has one there.

    Return the button with the new path of the row.
    """
    for button, step in ((names.RISE, -1), (names.SINK, 1)):
        for at, number in enumerate(numbers):
            if typed.get(button) == f"{path}.{number}" and 0 <= at + step < len(numbers):
                numbers[at], numbers[at + step] = numbers[at + step], numbers[at]
                return {button: f"{path}.{at + step}"}
    return {}


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
