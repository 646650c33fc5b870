"""The inputs of a form: each field with its typed or current value, and its problems."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from web import formats
from web.forms import Form
from web.model_forms import names, reading, rows
from web.model_forms.fields import SECRETS, Field, Shape
from web.translations import gettext as _

_LINES_OF_A_TEXT, _LINES_OF_A_LIST = 5, 2
_SAID = 3
"""How many values of a row say which it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """`value` has the shape that the macro of the field takes. `is_set` is of a secret."""

    shape: str
    name: str
    path: str
    label: str
    hint: str
    error: str
    value: Any
    choices: Sequence[tuple[str, str]] = ()
    rows: Sequence["Row"] = ()
    is_set: bool = False
    is_required: bool = False
    is_optional: bool = False
    unit: str = ""
    more: Mapping[str, object] = field(default_factory=dict)
    query: str = ""
    """What was searched for, to choose from what was found."""
    empty: int = 0
    """How many empty rows or places there are in addition."""
    most: int = 0
    """How many may be chosen of those that are ranked."""
    lines: int = 3
    kept: str = ""
    """The names of stored rows that are not shown, because they hold secrets."""

    is_ordered: bool = False
    """Whether the rows are numbered and folded, and can be moved."""

    @property
    def needs_eyes(self) -> bool:
        """Whether something is wrong here, or in a row at any depth."""
        return bool(self.error) or any(row.needs_eyes for row in self.rows)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """`says` is what the row holds, and `is_open` whether it is shown unfolded."""

    path: str
    kind: str
    label: str
    inputs: Sequence[Input]
    error: str
    says: str = ""
    is_open: bool = False

    @property
    def needs_eyes(self) -> bool:
        return bool(self.error) or any(each.needs_eyes for each in self.inputs)


def inputs(
    fields: Iterable[Field], form: Form, present: Mapping[str, Any], prefix: str = ""
) -> list[Input]:
    """Return the inputs of these fields. `present` has the stored values by the names of fields.

    Of a secret it has whether one is stored, as a mapping with `set`.
    """
    return [_input(each, form, present.get(each.name, each.usual), prefix) for each in fields]


def _input(field: Field, form: Form, present: Any, prefix: str) -> Input:  # noqa: ANN401 - any value
    path = f"{prefix}{field.name}"
    own = _own_problems(field, form, path)
    return Input(
        shape=field.shape.value,
        name=names.of(field, prefix),
        path=path,
        label=_(field.label),
        hint=_(field.hint) if field.hint else "",
        error=" ".join(own),
        value=_value(field, form, present, path),
        choices=_choices(field),
        rows=_rows(field, form, present, path) if field.shape is Shape.ROWS else (),
        is_set=field.shape in SECRETS and _is_set(present),
        is_required=field.is_required and field.shape not in {*SECRETS, Shape.ROWS},
        is_optional=field.may_lack,
        unit=field.unit,
        more=_more(field),
        query=form.value(names.query(path)) if field.shape is Shape.SOUGHT else "",
        most=int(field.most or 0) if field.shape is Shape.RANKED else 0,
        lines=_LINES_OF_A_TEXT if field.shape is Shape.LONG_TEXT else _LINES_OF_A_LIST,
        kept=_kept(field, present),
        empty=_empty(field, form, path),
        is_ordered=field.is_ordered,
    )


def _own_problems(field: Field, form: Form, path: str) -> Sequence[str]:
    """Return the problems of a field, without those that are shown at one of its rows."""
    if field.shape is not Shape.ROWS:
        return form.problems_of(path)
    row = re.compile(re.escape(path) + r"\.[0-9]+")
    return [
        text
        for name, texts in form.problems.items()
        if (name == path or name.startswith(f"{path}.")) and not row.match(name)
        for text in texts
    ]


def _choices(field: Field) -> list[tuple[str, str]]:
    if field.has_names:
        return list(field.choices)
    return [(value, _(text) if text else text) for value, text in field.choices]


def _kept(field: Field, present: Any) -> str:  # noqa: ANN401 - any value
    if field.shape is not Shape.ROWS or not field.is_secret:
        return ""
    return ", ".join(str(each.get("name", "")) for each in present or ())


def _empty(field: Field, form: Form, path: str) -> int:
    if field.shape not in {Shape.PAIRS, Shape.RANKED}:
        return 0
    return 1 + (form.typed.get(names.MORE) == path)


def _is_set(present: Any) -> bool:  # noqa: ANN401 - any value
    return isinstance(present, Mapping) and present.get("set") is True


def _more(field: Field) -> dict[str, object]:
    more: dict[str, object] = {}
    if field.shape in {Shape.WHOLE, Shape.NUMBER}:
        more |= {"min": field.least} if field.least is not None else {}
        more |= {"max": field.most} if field.most is not None else {}
    if field.shape is Shape.NUMBER:
        more["step"] = "any"
    if field.placeholder:
        more["placeholder"] = field.placeholder
    if field.shape in {Shape.TEXT, Shape.SCALAR}:
        more |= {"spellcheck": "false", "autocapitalize": "none", "autocomplete": "off"}
    return more


def _value(field: Field, form: Form, present: Any, path: str) -> Any:  # noqa: ANN401 - any value
    if field.shape in SECRETS or field.shape is Shape.ROWS:
        return ""
    if field.shape is Shape.CHECK:
        return form.is_set(path, otherwise=bool(present))
    if field.shape is Shape.PAIRS:
        return _pairs(form, present, path)
    if field.shape in {Shape.SEVERAL, Shape.RANKED, Shape.SOUGHT}:
        return [each for each in form.values(path, present or ()) if each]
    if field.shape is Shape.DURATION:
        return _duration(form, present, path)
    return form.value(path, _text(field, present))


def _text(field: Field, present: Any) -> str:  # noqa: ANN401 - any value
    if present is None:
        return ""
    if field.shape is Shape.LINES:
        return "\n".join(map(str, present))
    if field.shape is Shape.WHOLES:
        return ", ".join(map(str, present))
    if field.shape is Shape.SCALAR:
        return _scalar_text(present)
    if field.shape is Shape.NUMBER:
        return f"{present:.9g}"
    return str(getattr(present, "value", present))


def _scalar_text(present: Any) -> str:  # noqa: ANN401 - any value
    """Return a scalar such that it is read as what it is."""
    if present and isinstance(present, str) and reading.scalar_of(present) == present:
        return present
    return json.dumps(present, ensure_ascii=False)


def _duration(form: Form, present: int | None, path: str) -> tuple[str, str]:
    """Return an amount and its unit in seconds: the largest that leaves no fraction."""
    if form.is_again:
        return form.value(path), form.value(names.unit(path)) or "1"
    if present is None:
        return "", "1"
    unit = next(each for each in reversed(names.UNITS) if present % int(each) == 0)
    return str(present // int(unit)), unit


def _pairs(form: Form, present: Any, path: str) -> list[tuple[str, str]]:  # noqa: ANN401 - any value
    if form.is_again:
        typed = zip(form.values(names.keys(path)), form.values(names.values(path)), strict=False)
        return [(key, value) for key, value in typed if key or value]
    return [(key, _pair_text(value)) for key, value in (present or {}).items()]


def _pair_text(value: Any) -> str:  # noqa: ANN401 - any value
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _rows(field: Field, form: Form, present: Any, path: str) -> list[Row]:  # noqa: ANN401 - any value
    stored: list[Mapping[str, Any]] = [] if field.is_secret else list(present or ())
    number = rows.count(form.typed, path) if form.is_again else len(stored)
    if "" in field.rows:
        number = max(number, 1)
    return [
        _row(field, form, stored[index] if index < len(stored) else {}, f"{path}.{index}")
        for index in range(number)
    ]


def _row(field: Field, form: Form, present: Mapping[str, Any], path: str) -> Row:
    kind = form.value(f"{path}.{names.TYPE}", present.get(names.TYPE, ""))
    labels = dict(field.choices)
    shown = _plain(form, path, kind)
    row = Row(
        path=path,
        kind=kind,
        label=_(labels[kind]) if kind in labels else "",
        inputs=inputs(field.rows.get(kind, ()), shown, present, f"{path}."),
        error=" ".join(shown.problems.get(path, ())),
    )
    if not field.is_ordered:
        return row
    is_new = not any(each.value for each in row.inputs if each.shape == Shape.TEXT)
    is_open = row.needs_eyes or is_new or _is_pressed(form, path)
    return replace(row, says=_says(row.inputs), is_open=is_open)


def _says(inputs: Iterable[Input]) -> str:
    """Return the first values of a row, so that it need not be opened to know which it is."""
    first = [each for each in inputs if each.shape in {Shape.TEXT, Shape.SELECT}][:_SAID]
    return " ".join(str(each.value) for each in first if each.value)


def _is_pressed(form: Form, path: str) -> bool:
    """Return whether a button in this row was pressed, or the one that added or moved it."""
    for button in names.BUTTONS:
        pressed = form.value(button)
        if pressed == path or pressed.startswith(f"{path}."):
            return True
    return False


def _plain(form: Form, path: str, kind: str) -> Form:
    """Return a form whose problems in this row are named without its type, as its inputs are."""
    renamed: dict[str, Sequence[str]] = {}
    for name, texts in form.problems.items():
        parts = name.removeprefix(f"{path}.").split(".") if name.startswith(f"{path}.") else None
        if parts and parts[0] == kind:
            renamed[".".join([path, *parts[1:]])] = texts
        else:
            renamed[name] = texts
    return replace(form, problems=renamed)


def label(field: Field) -> str:
    """Return the label of a field in the language of the reader."""
    return _(field.label)


def plain_text(field: Field, value: Any) -> str:  # noqa: ANN401 - any value
    """Return a value as text, for a reader who compares two of them."""
    choices = dict(_choices(field))
    if value in (None, "", [], {}):
        return "\N{EN DASH}"
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if field.shape is Shape.DURATION:
        return formats.lasting(value)
    lines = [value]
    if isinstance(value, dict):
        lines = [f"{key}: {_pair_text(each)}" for key, each in value.items()]
    if isinstance(value, list):
        lines = [_row_text(each) if isinstance(each, dict) else each for each in value]
    return "\n".join(choices.get(str(each), str(each)) for each in lines)


def _row_text(row: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}: {_pair_text(value)}" for name, value in row.items())
