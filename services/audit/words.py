"""The words by which an entry is found: of its action and of the labels in it.

Each begins with the organization, so that a search reads the entries of one organization only.
"""

import re
from typing import Any

from models import AuditEntry

_WORD = re.compile(r"\w+")
_LONGEST = 100
_MOST = 50


def of_entry(entry: AuditEntry) -> list[str]:
    """Return the words of an entry, each once."""
    personal: dict[str, Any] = entry.personal or {}
    beside = [each.get("label") for each in personal.get("changes", {}).values()]
    labels = [each.get("label") for each in entry.changes]
    texts = (entry.action, entry.target_label, entry.actor_label, personal.get("target"))
    found = _words(" ".join(filter(None, (*texts, *labels, *beside))))
    return [_owned(entry.organization_id, word) for word in found[:_MOST]]


def query(organization_id: int, text: str) -> str | None:
    """Return a `tsquery` for entries that have all of these words, or words that begin so."""
    parts = [f"'{_owned(organization_id, word)}':*" for word in _words(text)]
    return " & ".join(parts) or None


def _words(text: str) -> list[str]:
    return list(dict.fromkeys(word[:_LONGEST] for word in _WORD.findall(text.lower())))


def _owned(organization_id: int, word: str) -> str:
    return f"{organization_id}:{word}"
