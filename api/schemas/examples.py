"""Examples of bodies, for the OpenAPI document.

Each has to work: a test sends it to an organization that has what it refers to.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

import marshmallow as ma

from probes.base import Example
from services.monitors.kinds import SETTINGS

Body = TypeVar("Body", bound=type[ma.Schema])

PASSWORD = "a long passphrase nobody guesses"  # noqa: S105 - an example
"""What an example sends as a password."""


def of_kinds(kinds: Iterable[str] = tuple(SETTINGS)) -> dict[str, dict[str, object]]:
    """Return an example of a monitor of each of these kinds, by the name of the kind."""
    return {
        kind: {
            "summary": f"A monitor of the kind {kind}",
            "value": _of_kind(kind, declared),
        }
        for kind in kinds
        if (declared := SETTINGS[kind].example)
    }


def _of_kind(kind: str, monitor: Example) -> dict[str, object]:
    address = {} if monitor.url is None else {"url": monitor.url}
    return {"name": "Shop", "kind": kind, **address, "settings": dict(monitor.settings)}


def example(body: Mapping[str, object]) -> Callable[[Body], Body]:
    """Declare the example body of a schema. `Blueprint.arguments` adds it to the document."""

    def declare(schema: Body) -> Body:
        schema.example = body  # type: ignore[attr-defined] # read by `api/request/blueprint.py`
        return schema

    return declare
