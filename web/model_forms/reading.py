"""Values from what was typed, as the model takes them. The model judges them."""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from services.errors import Invalid
from web.model_forms import names, rows
from web.model_forms.fields import Field, Shape
from web.model_forms.rows import Typed
from web.translations import gettext as _
from web.translations import marked

_WHOLE = re.compile(r"[+-]?[0-9]{1,15}")
_NOT_WHOLE = marked("Must be a whole number.")
_NOT_NUMBER = marked("Must be a number.")


class _NotGiven(Exception):
    """The field is empty, so that its default holds."""


class _Unreadable(ValueError):
    """What was typed is no value of this shape. The text says why."""


def read(fields: Iterable[Field], typed: Typed, prefix: str = "") -> dict[str, Any]:
    """Return the values by the names of their fields. An empty field without a value is left out.

    The rows of lists have to be settled. Raise `Invalid` with the problem of each field that cannot
    be read.
    """
    values: dict[str, Any] = {}
    problems: dict[str, list[str]] = {}
    for field in fields:
        path = f"{prefix}{field.name}"
        try:
            values[field.name] = _READERS[field.shape](field, typed, path)
        except _NotGiven:
            continue
        except _Unreadable as error:
            problems[path] = [str(error)]
        except Invalid as invalid:
            problems |= {name: list(texts) for name, texts in invalid.problems.items()}
    if problems:
        raise Invalid(problems)
    return values


def scalar_of(text: str) -> Any:  # noqa: ANN401 - any JSON value
    """Return the number, boolean, null or quoted text that JSON reads here, or else the text."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return text
    return text if isinstance(value, dict | list) else value


def _text(field: Field, typed: Typed, path: str) -> str | None:
    text = typed.get(path, "")
    if not text and field.may_lack:
        return None
    return text


def _long_text(field: Field, typed: Typed, path: str) -> str | None:
    # Browsers send line breaks as CRLF, whatever the text had.
    text = _text(field, typed, path)
    return None if text is None else text.replace("\r\n", "\n")


def _whole(field: Field, typed: Typed, path: str) -> int | None:
    text = typed.get(path, "").strip()
    if not text:
        _refuse_none(field)
        return None
    return _whole_of(text)


def _number(field: Field, typed: Typed, path: str) -> float | None:
    text = typed.get(path, "").strip().replace(",", ".")
    if not text:
        _refuse_none(field)
        return None
    if not re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?", text):
        raise _Unreadable(_(_NOT_NUMBER))
    return float(text)


def _duration(field: Field, typed: Typed, path: str) -> int | None:
    amount = _number(field, typed, path)
    if amount is None:
        return None
    unit = typed.get(names.unit(path), "1")
    return round(amount * (int(unit) if unit in names.UNITS else 1))


def _check(field: Field, typed: Typed, path: str) -> bool:
    del field
    return path in typed


def _select(field: Field, typed: Typed, path: str) -> str | None:
    text = typed.get(path, "")
    return None if not text and field.may_lack else text


def _several(field: Field, typed: Typed, path: str) -> list[str]:
    del field
    return [each for each in typed.getlist(path) if each]


def _lines(field: Field, typed: Typed, path: str) -> list[str]:
    del field
    return [line for line in map(str.strip, typed.get(path, "").splitlines()) if line]


def _wholes(field: Field, typed: Typed, path: str) -> list[int]:
    del field
    return [_whole_of(each) for each in re.split(r"[\s,;]+", typed.get(path, "")) if each]


def _pairs(field: Field, typed: Typed, path: str) -> dict[str, Any]:
    keys, values = typed.getlist(names.keys(path)), typed.getlist(names.values(path))
    found: dict[str, Any] = {}
    for key, value in zip(map(str.strip, keys), values, strict=False):
        if not key and value:
            raise _Unreadable(_("A value has no name."))
        if key in found:
            raise _Unreadable(_("The name %(name)s is there twice.") % {"name": key})
        if key:
            found[key] = _typed_value(value) if field.name in names.TYPED else value
    return found


def _typed_value(text: str) -> Any:  # noqa: ANN401 - any JSON value
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return text
    return text if value is None or isinstance(value, dict) else value


def _rows(field: Field, typed: Typed, path: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    problems: dict[str, list[str]] = {}
    for number in range(rows.count(typed, path)):
        there = f"{path}.{number}."
        kind = typed.get(f"{there}{names.TYPE}", "")
        try:
            row = read(field.rows.get(kind, ()), typed, there)
        except Invalid as invalid:
            row = {}
            problems |= {name: list(texts) for name, texts in invalid.problems.items()}
        found.append({names.TYPE: kind, **row} if kind else row)
    if problems:
        raise Invalid(problems)
    return found


def _scalar(field: Field, typed: Typed, path: str) -> Any:  # noqa: ANN401 - any JSON value
    text = typed.get(path, "")
    return None if not text and field.may_lack else scalar_of(text)


def _secret(field: Field, typed: Typed, path: str) -> str | None:
    name = names.secret(path)
    text = typed.get(name, "")
    if text:
        return text.replace("\r\n", "\n")
    if names.clear(name) in typed and field.may_lack:
        return None
    raise _NotGiven


def _refuse_none(field: Field) -> None:
    if not field.may_lack:
        raise _NotGiven


def _whole_of(text: str) -> int:
    if not _WHOLE.fullmatch(text):
        raise _Unreadable(_(_NOT_WHOLE))
    return int(text)


_READERS: Mapping[Shape, Callable[[Field, Typed, str], Any]] = {
    Shape.TEXT: _text,
    Shape.LONG_TEXT: _long_text,
    Shape.WHOLE: _whole,
    Shape.NUMBER: _number,
    Shape.DURATION: _duration,
    Shape.CHECK: _check,
    Shape.SELECT: _select,
    Shape.SEVERAL: _several,
    Shape.RANKED: _several,
    Shape.SOUGHT: _several,
    Shape.LINES: _lines,
    Shape.WHOLES: _wholes,
    Shape.PAIRS: _pairs,
    Shape.ROWS: _rows,
    Shape.SCALAR: _scalar,
    Shape.SECRET: _secret,
    Shape.LONG_SECRET: _secret,
}
