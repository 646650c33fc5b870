"""A change of a monitor that somebody else changed meanwhile: both versions, field by field."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, cast

from domain.versions import version
from services.monitors.changes import MonitorChanges
from services.monitors.values import MonitorValues
from web.model_forms import showing
from web.model_forms.fields import Field
from web.model_forms.rows import Typed
from web.monitor_editor.fields import SETTING
from web.monitor_editor.sections import Layout

KEEP = "keep:"
"""The beginning of the name of the choice for a field."""
THEIRS = "theirs"
_OWN = ("version", "base", "test_run", "test", "look")
"""What belongs to one showing of the form, and is not a value."""

Flat = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A field that differs between what was typed (`mine`) and what is stored now (`theirs`)."""

    path: str
    label: str
    mine: str
    theirs: str
    keeps_mine: bool
    """Whether to propose what was typed: not if only the other one changed the field."""


def flat(values: MonitorValues) -> dict[str, Any]:
    """Return the values by their paths, as JSON writes them."""
    plain: dict[str, Any] = json.loads(json.dumps(asdict(values), default=str))
    settings = plain.pop("settings")
    return {**plain, **{f"{SETTING}{name}": value for name, value in settings.items()}}


def version_of(values: MonitorValues) -> str:
    return version(flat(values))


def base_of(values: MonitorValues) -> str:
    """Return a short version of each field, to tell later which of them changed."""
    return json.dumps({path: version(value)[:8] for path, value in flat(values).items()})


def differences(
    layout: Layout, mine: MonitorValues, theirs: MonitorValues, base: str
) -> list[Difference]:
    """Return the fields of the form that differ. `base` is what the form had at first."""
    then, own, other = _read(base), flat(mine), flat(theirs)
    return [
        Difference(
            path=path,
            label=showing.label(field),
            mine=showing.plain_text(field, own.get(path)),
            theirs=showing.plain_text(field, other.get(path)),
            keeps_mine=then.get(path) != version(own.get(path))[:8],
        )
        for path, field in _fields(layout)
        if own.get(path) != other.get(path)
    ]


def kept(changes: MonitorChanges, typed: Typed) -> MonitorChanges:
    """Return the changes without those for which the reader chose what is stored."""
    theirs = {
        name.removeprefix(KEEP)
        for name, value in typed.items()
        if name.startswith(KEEP) and value == THEIRS
    }
    mine = {name: value for name, value in changes.items() if name not in theirs}
    mine["settings"] = {
        name: value
        for name, value in changes["settings"].items()
        if f"{SETTING}{name}" not in theirs
    }
    return cast("MonitorChanges", mine)


def carried(typed: Typed) -> Sequence[tuple[str, str]]:
    """Return the hidden fields that carry what was typed through the choice."""
    return [
        (name, value)
        for name, value in typed.items(multi=True)
        if name not in _OWN and not name.startswith(KEEP)
    ]


def _fields(layout: Layout) -> Iterable[tuple[str, Field]]:
    yield from ((field.name, field) for field in layout.fields)
    yield from ((f"{SETTING}{field.name}", field) for field in layout.settings)


def _read(base: str) -> Mapping[str, str]:
    """Return the versions that the form carried. A forged one only changes what is proposed."""
    try:
        found = json.loads(base)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
