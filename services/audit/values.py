"""Values of columns as the audit log stores them: JSON without fractions, and never very long."""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from enum import Enum
from typing import Any
from uuid import UUID

LONGEST = 1_000
"""The characters of a stored value; of a longer one, its beginning and a hash are stored."""

_SAFE_INTEGER = 2**53


def stored(value: object) -> Any:  # noqa: ANN401 - any JSON value
    """Return a value as JSON.

    Fractions become text, so that every implementation of RFC 8785 writes them alike.
    """
    plain = _plain(value)
    text = plain if isinstance(plain, str) else json.dumps(plain, ensure_ascii=False)
    if len(text) <= LONGEST:
        return plain
    return {
        "begins": text[:LONGEST],
        "length": len(text),
        "sha256": hashlib.sha256(text.encode()).hexdigest(),
    }


def _plain(value: object) -> Any:  # noqa: ANN401 - any JSON value
    # An enumeration first, because many are text, too.
    if isinstance(value, Enum):
        return _plain(value.value)
    if isinstance(value, Mapping):
        return {str(name): _plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(inner) for inner in value]
    return value if value is None or isinstance(value, bool | str) else _text_or_number(value)


def _text_or_number(value: object) -> str | int | None:
    if isinstance(value, int):
        return value if abs(value) < _SAFE_INTEGER else str(value)
    if isinstance(value, datetime) and value.tzinfo:
        return moment(value)
    if isinstance(value, date | time):
        return value.isoformat()
    return str(value) if isinstance(value, float | UUID) else None


def moment(at: datetime) -> str:
    """Return a time in UTC with microseconds, as in `2026-01-31T12:00:00.000000Z`."""
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
