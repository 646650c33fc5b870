"""What was typed into the form of a monitor, as the services take it."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, cast
from uuid import UUID

from models.monitor import Backoff
from services.errors import Invalid
from services.monitors import bounds
from services.monitors.changes import MonitorChanges
from services.monitors.relations import MOST_CREDENTIALS
from services.monitors.values import MonitorValues
from web.model_forms import reading
from web.model_forms.fields import Field
from web.model_forms.rows import Typed
from web.monitor_editor.fields import SETTING
from web.monitor_editor.sections import Layout
from web.translations import gettext as _

_MOST = {**bounds.MOST, "credential_ids": MOST_CREDENTIALS}
"""The most entries of a list. More are refused before anything is looked up."""


def new_values(kind: str, layout: Layout, typed: Typed) -> MonitorValues:
    """Return the values of a new monitor. Raise `Invalid` with every field that cannot be read."""
    return MonitorValues(kind=kind, **_values(layout, typed))


def changes(layout: Layout, typed: Typed) -> MonitorChanges:
    """Return all values of the form. Raise `Invalid` with every field that cannot be read."""
    return cast("MonitorChanges", _values(layout, typed))


def _values(layout: Layout, typed: Typed) -> dict[str, Any]:
    """Return all values of the form by their names. An empty one that must not lack is left out."""
    problems: dict[str, Sequence[str]] = {}
    found = _read(layout.fields, typed, "", problems)
    found["settings"] = _read(layout.settings, typed, SETTING, problems)
    for name, convert in _CONVERTED.items():
        if name in found:
            _convert(found, name, convert, problems)
    for name, most in _MOST.items():
        if len(found.get(name) or ()) > most:
            problems[name] = [_("Must be at most %(most)s.") % {"most": most}]
            del found[name]
    if problems:
        raise Invalid({name: list(texts) for name, texts in problems.items()})
    return found


def _read(
    fields: Iterable[Field], typed: Typed, prefix: str, problems: dict[str, Sequence[str]]
) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for field in fields:
        try:
            found |= reading.read([field], typed, prefix)
        except Invalid as invalid:
            problems |= invalid.problems
    return found


def _convert(
    found: dict[str, Any],
    name: str,
    convert: Callable[[Any], Any],
    problems: dict[str, Sequence[str]],
) -> None:
    try:
        found[name] = convert(found[name])
    except ValueError:
        problems[name] = [_("Choose one of those offered.")]


def _ids(texts: Iterable[str]) -> list[UUID]:
    return [UUID(each) for each in texts]


_CONVERTED: dict[str, Callable[[Any], Any]] = {
    "contact_group_ids": _ids,
    "credential_ids": _ids,
    "parent_ids": _ids,
    "escalation_policy_id": lambda text: UUID(text) if text else None,
    "project_id": lambda text: UUID(text) if text else None,
    "recheck_backoff": Backoff,
}
