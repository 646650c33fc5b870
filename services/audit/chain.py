"""The hashes of the chain: SHA-256 over the canonical JSON (RFC 8785) of an entry.

An entry names the hash of the one before it. So whoever changes, removes, inserts or moves an entry
breaks the chain, unless they write all later entries anew.
"""

import hashlib
import json
import os
from typing import Any

import rfc8785

from models import AuditEntry
from services.audit.values import moment

GENESIS = bytes(32)
"""The hash before the first entry."""

_SALT_BYTES = 16


def new_salt() -> bytes:
    """Return a salt, so that nobody guesses erased data from its digest."""
    return os.urandom(_SALT_BYTES)


def content(entry: AuditEntry) -> dict[str, Any]:
    """Return what the hash of an entry covers."""
    return {
        "id": str(entry.public_id),
        "sequence": entry.sequence,
        "at": moment(entry.at),
        "action": entry.action,
        "via": entry.via.value,
        "actor": {"kind": entry.actor_kind.value, "id": _text(entry.actor_id)},
        "target": {
            "kind": entry.target_kind,
            "id": _text(entry.target_id),
            "label": entry.target_label,
        },
        "request_id": entry.request_id,
        "changes": entry.changes,
        "personal_digest": entry.personal_digest.hex(),
        "previous_hash": entry.previous_hash.hex(),
    }


def personal(entry: AuditEntry) -> dict[str, Any] | None:
    """Return the personal data of an entry, or None if it was erased."""
    if entry.salt is None:
        return None
    return {
        "salt": entry.salt.hex(),
        "actor": entry.actor_label,
        "ip": entry.ip,
        "user_agent": entry.user_agent,
        "details": entry.personal,
    }


def digest(value: dict[str, Any]) -> bytes:
    """Return the SHA-256 of the canonical JSON of a value."""
    return hashlib.sha256(_canonical(value)).digest()


def _canonical(value: dict[str, Any]) -> bytes:
    """Return the canonical JSON, in the fast way if that is the same.

    Entries have no fractions, so only names beyond ASCII would be in another order.
    """
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return text.encode() if text.isascii() else rfc8785.dumps(value)


def _text(value: object) -> str | None:
    return None if value is None else str(value)
