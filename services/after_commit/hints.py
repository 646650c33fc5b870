"""Organizations whose open pages get a hint after the commit, because what they show changed.

Entry points publish the hints (`tasks/hints.py`). One that is forgotten costs no data: the page is
only renewed later.
"""

from collections import defaultdict
from collections.abc import Mapping

from sqlalchemy.orm import Session

from services.after_commit.notes import Notes

Hints = Mapping[int, frozenset[str]]
"""The nouns of what changed, by organization."""

_NOTES: Notes[tuple[int, str]] = Notes("hints")


def note(session: Session, organization_id: int, what: str) -> None:
    """Note a change of what pages show; `what` is the noun of the page, such as `monitors`."""
    _NOTES.add(session, [(organization_id, what)])


def take(session: Session) -> Hints:
    """Return the noted changes and forget them. The caller has committed."""
    found: dict[int, set[str]] = defaultdict(set)
    for organization_id, what in _NOTES.take(session):
        found[organization_id].add(what)
    return {organization_id: frozenset(what) for organization_id, what in found.items()}
