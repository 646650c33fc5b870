"""Verify an exported audit log: `python verify_audit_log.py chain.ndjson [SEQUENCE:HASH]`.

Each line of the file is an entry of `GET /api/v1/audit-entries/chain`, oldest first. Give an entry
that you noted earlier to find a chain that was written anew. It needs nothing but Python.
"""

import hashlib
import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any


def canonical(value: Any) -> str:
    """Return the canonical JSON of a value (RFC 8785). The log contains no fractions."""
    if isinstance(value, dict):
        names = sorted(value, key=lambda name: name.encode("utf-16-be"))
        return "{" + ",".join(f"{canonical(name)}:{canonical(value[name])}" for name in names) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(canonical, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def digest(value: Any) -> str:
    return hashlib.sha256(canonical(value).encode()).hexdigest()


def wrong(entry: dict[str, Any], before: dict[str, Any] | None) -> str:
    """Return what is wrong with an entry after the one before it, or an empty text."""
    content = entry["content"]
    if before is None and content["sequence"] == 1 and content["previous_hash"] != "0" * 64:
        return "is not the first"
    if before is not None and content["sequence"] != before["content"]["sequence"] + 1:
        return "does not have the next number: some are missing"
    if before is not None and content["previous_hash"] != before["hash"]:
        return "does not follow the one before it"
    if digest(content) != entry["hash"]:
        return "was changed"
    # The personal data of an entry is null if it was erased.
    is_known = entry["personal"] is not None
    if is_known and digest(entry["personal"]) != content["personal_digest"]:
        return "has other personal data"
    return ""


def verify(lines: Iterable[str], anchor: str = "") -> int:
    """Return the number of entries, or raise ValueError for the first one that is wrong."""
    before, count, is_met = None, 0, not anchor
    for entry in map(json.loads, lines):
        place = f"{entry['content']['sequence']}:{entry['hash']}"
        if text := wrong(entry, before):
            raise ValueError(f"entry {place} {text}")
        before, count, is_met = entry, count + 1, is_met or place == anchor
    if not is_met:
        raise ValueError(f"there is no entry {anchor}")
    return count


if __name__ == "__main__":
    with Path(sys.argv[1]).open(encoding="utf-8") as file:
        try:
            print(verify(file, *sys.argv[2:3]), "entries are intact")
        except ValueError as error:
            sys.exit(f"NOT INTACT: {error}")
