"""The form of a credential: its inputs, and what was typed into them."""

from collections.abc import Mapping, Sequence
from typing import Any

from domain.text_lines import is_line
from probes.auth.registry import SCHEMES
from services.credentials.credentials import CredentialChanges, CredentialValues
from services.errors import Invalid, NotFound
from web.credential_editor.words import WORDS
from web.forms import Form
from web.model_forms import deriving, reading, rows, showing
from web.model_forms.fields import Field, Shape
from web.model_forms.rows import Typed
from web.model_forms.showing import Input
from web.translations import gettext as _
from web.translations import marked

FIELD = "fields."
"""The beginning of the paths of a scheme's fields."""
_LONGEST_NAME = 100
_NAME = Field(name="name", shape=Shape.TEXT, label=marked("Name"), is_required=True)
_ORIGINS = Field(
    name="origins",
    shape=Shape.LINES,
    label=marked("Origins"),
    hint=marked(
        "Where the secrets may go, one in each line, such as https://shop.example.com or"
        " ssh://shop.example.com. Empty: to the address of the first monitor that uses it."
    ),
    usual=(),
)


def inputs(scheme: str, form: Form, present: Mapping[str, Any]) -> list[Input]:
    """Return the inputs of a scheme. `present` has the name, the origins and the shown fields."""
    typed = settled(scheme, form)
    return [
        *showing.inputs(_general(scheme), typed, present),
        *showing.inputs(_fields(scheme), typed, present.get("fields", {}), FIELD),
    ]


def settled(scheme: str, form: Form) -> Form:
    """Return a form with its rows as the buttons of lists want them."""
    typed = rows.settled(_fields(scheme), form.typed, FIELD)
    return Form(typed, form.problems, is_again=form.is_again)


def new_values(scheme: str, typed: Typed) -> CredentialValues:
    """Return the values of a new credential. Raise `Invalid` with every field that is wrong."""
    general, fields = _read(scheme, typed)
    given = {name: value for name, value in fields.items() if value not in (None, "")}
    return CredentialValues(scheme=scheme, fields=given, **general)


def changes(scheme: str, typed: Typed, shown: Mapping[str, Any]) -> CredentialChanges:
    """Return what differs from the shown fields, and the secrets that are given or removed."""
    general, fields = _read(scheme, typed)
    secret = {each.name for each in _fields(scheme) if each.is_secret}
    changed = {
        name: value
        for name, value in fields.items()
        if (value != [] if name in secret else _plain(value) != _plain(shown.get(name)))
    }
    found: CredentialChanges = {"name": general["name"], "fields": changed}
    if "origins" in general:
        found["origins"] = general["origins"]
    return found


def differences(scheme: str, typed: Typed, present: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the labels and the stored values of what was typed otherwise, without secrets."""
    general, fields = _read(scheme, typed)
    mine = {**general, **fields}
    stored = {**present, **present["fields"]}
    return [
        (showing.label(each), showing.plain_text(each, stored.get(each.name)))
        for each in (*_general(scheme), *_fields(scheme))
        if not each.is_secret and _plain(mine.get(each.name)) != _plain(stored.get(each.name))
    ]


def _general(scheme: str) -> tuple[Field, ...]:
    if scheme not in SCHEMES:
        raise NotFound("scheme")
    return (_NAME,) if SCHEMES[scheme].everywhere else (_NAME, _ORIGINS)


def _fields(scheme: str) -> Sequence[Field]:
    if scheme not in SCHEMES:
        raise NotFound("scheme")
    return deriving.fields_of(SCHEMES[scheme].settings, scheme, WORDS)


def _read(scheme: str, typed: Typed) -> tuple[dict[str, Any], dict[str, Any]]:
    problems: dict[str, list[str]] = {}
    general = reading.read(_general(scheme), typed)
    general["name"] = general["name"].strip()
    if not 1 <= len(general["name"]) <= _LONGEST_NAME or not is_line(general["name"]):
        problems["name"] = [
            _("Must be one line of at most %(most)s characters.") % {"most": _LONGEST_NAME}
        ]
    try:
        fields = reading.read(_fields(scheme), typed, FIELD)
    except Invalid as invalid:
        raise Invalid({**problems, **invalid.problems}) from invalid
    if problems:
        raise Invalid(problems)
    return general, fields


def _plain(value: object) -> object:
    """Return a value such that nothing, in whatever form, equals nothing."""
    if value in (None, "", [], {}):
        return None
    return list(value) if isinstance(value, tuple) else value
