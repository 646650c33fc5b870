"""How many checks one check of a monitor counts as: a multistep check counts each of its steps."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, case, func, literal

from models import Monitor
from probes.registry import KINDS

_METERED = {name: kind.metered_by for name, kind in KINDS.items() if kind.metered_by}


def weight_of(kind: str, settings: Mapping[str, Any]) -> int:
    """Return the number of checks that one check counts as."""
    entries = settings.get(_METERED[kind]) if kind in _METERED else None
    return len(entries) if entries else 1


def weight() -> ColumnElement[int]:
    """Return the same of a row of `monitors`."""
    return case(
        *(
            (Monitor.kind == kind, func.jsonb_array_length(Monitor.settings[setting]))
            for kind, setting in _METERED.items()
        ),
        else_=literal(1),
    )
