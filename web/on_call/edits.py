"""Buttons that change a list within a form, such as `add:steps` or `up:steps.0.targets.2`.

They send the form, which is shown again with the change. Nothing is stored before it is saved.
"""

import re
from collections.abc import MutableSequence
from dataclasses import dataclass
from typing import Any

from werkzeug.datastructures import MultiDict

_POSITION = re.compile(r"[0-9]{1,3}")
_VERBS = frozenset({"add", "remove", "up", "down"})


@dataclass(frozen=True, slots=True)
class Edit:
    """A verb and the path of a list or of one of its items: names and positions in turn."""

    verb: str
    path: tuple[str, ...]

    @property
    def position(self) -> int:
        """The position of the item in its list."""
        last = self.path[-1]
        return int(last) if is_position(last) else -1

    def of(self, *start: str) -> bool:
        """Return whether the path begins so; `*` stands for a position."""
        return len(self.path) >= len(start) and all(
            is_position(part) if wanted == "*" else part == wanted
            for wanted, part in zip(start, self.path, strict=False)
        )


def wanted(form: MultiDict[str, str]) -> Edit | None:
    """Return the edit whose button was pressed, or None if the form is to be saved."""
    verb, _, path = form.get("edit", "").partition(":")
    return Edit(verb, tuple(path.split("."))) if verb in _VERBS and path else None


def apply(edit: Edit, items: MutableSequence[Any]) -> None:
    """Remove the item, or move it by one place. What is not there stays away."""
    here = edit.position
    if not 0 <= here < len(items):
        return
    item = items.pop(here)
    if edit.verb != "remove":
        items.insert(max(0, here - 1) if edit.verb == "up" else here + 1, item)


def positions(form: MultiDict[str, str], prefix: str, field: str, *, most: int) -> list[int]:
    """Return the positions for which the form has `<prefix>.<position>.<field>`, in order.

    One more than `most` is enough to refuse the list, and bounds the work for a forged form.
    """
    found = set()
    for name in form:
        start, _, rest = name.partition(f"{prefix}.")
        number, _, last = rest.partition(".")
        if not start and last == field and is_position(number):
            found.add(int(number))
    return sorted(found)[: most + 1]


def is_position(text: str) -> bool:
    return _POSITION.fullmatch(text) is not None
