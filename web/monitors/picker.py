"""Monitors to choose from in a form: those that are chosen, and those that a search finds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from server.identity.principal import Call
from services.monitors import names, search
from web.typed.fields import searched

_MOST_FOUND = 20


@dataclass(frozen=True, slots=True)
class Picker:
    """The names of monitors. `found` are the first by name, or those that were searched for."""

    chosen: Mapping[UUID, str]
    found: Mapping[UUID, str]

    @property
    def choices(self) -> list[tuple[str, str]]:
        """Return everything to choose from, first what is chosen."""
        return [(str(key), name) for key, name in [*self.chosen.items(), *self.found.items()]]

    @property
    def ids(self) -> list[str]:
        """Return what is chosen, as a form has it."""
        return [str(key) for key in self.chosen]


def of(call: Call, chosen: Sequence[UUID], q: str, *, but: UUID | None = None) -> Picker:
    """Read what a form offers, apart from one monitor."""
    found = search.monitors(call.session, call.organization_id, searched(q), limit=_MOST_FOUND)
    known = {*chosen, but}
    return Picker(
        names.of(call.session, call.organization_id, chosen),
        {each.public_id: each.name for each in found if each.public_id not in known},
    )


def ids(texts: Sequence[str], *, most: int) -> list[UUID]:
    """Return those of the first typed texts that are ids."""
    found = []
    for text in texts[:most]:
        try:
            found.append(UUID(text))
        except ValueError:
            continue
    return found
