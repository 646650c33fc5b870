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

EDIT = "edit"
"""Stands among the nouns of an organization that was edited; pages are not told of it."""

_NOTES: Notes[tuple[int, str]] = Notes("hints")


def note(session: Session, organization_id: int, what: str) -> None:
    """Note a change of what pages show; `what` is the noun of the page, such as `monitors`."""
    _NOTES.add(session, [(organization_id, what)])


def note_edit(session: Session, organization_id: int, what: str) -> None:
    """Note a change that a member or a machine made, which advances the version of edits, too."""
    _NOTES.add(session, [(organization_id, what), (organization_id, EDIT)])


def take(session: Session) -> Hints:
    """Return the noted changes and forget them. The caller has committed."""
    found: dict[int, set[str]] = defaultdict(set)
    for organization_id, what in _NOTES.take(session):
        found[organization_id].add(what)
    return {organization_id: frozenset(what) for organization_id, what in found.items()}
