"""Manifests: signed lists of the files of a day or a month, each with the hash of the one before.

The newest manifest of a day lists all its files. Manifests are numbered without gaps. Each has the
SHA-256 of its predecessor, so the signature of the last one proves all of them.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any

from security.jwt import statements
from security.jwt.signing_keys import SigningKeys
from security.jwt.statements import StatementError

SCHEMA = "archive.manifest.v1"
CHECKS = "checks"
FAILURES = "failures"


@dataclass(frozen=True, slots=True, kw_only=True)
class FileEntry:
    """A file. `only_for` is the organization of a month's file; a day's file has a whole shard.

    `organizations` has the rows of each organization, by its internal id. Of equal slots in files
    of the same days, those of the highest revision count.
    """

    name: str
    kind: str
    shard: int
    only_for: int | None
    revision: int
    rows: int
    size_bytes: int
    sha256: str
    digest: str
    organizations: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShardDay:
    """The number of different slots, and of failures, that the files have for a shard and day."""

    day: str
    shard: int
    revision: int
    rows: int
    failures: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """All files of [first_day, last_day]; `previous` is the SHA-256 of the manifest before."""

    number: int
    previous: str
    first_day: date
    last_day: date
    created_at: int
    files: Sequence[FileEntry]
    days: Sequence[ShardDay]


def signed(manifest: Manifest, keys: SigningKeys) -> bytes:
    claims = {
        "schema": SCHEMA,
        "number": manifest.number,
        "previous": manifest.previous,
        "first_day": manifest.first_day.isoformat(),
        "last_day": manifest.last_day.isoformat(),
        "iat": manifest.created_at,
        "files": [asdict(each) for each in manifest.files],
        "days": [asdict(each) for each in manifest.days],
    }
    kind = statements.ARCHIVE_MANIFEST
    return statements.sign(claims, keys, kind=kind, is_lasting=True).encode()


def opened(content: bytes) -> tuple[Manifest, str]:
    """Return a manifest and the id of the key that signed it. Raise `StatementError`."""
    try:
        statement = statements.opened(content.decode(), kind=statements.ARCHIVE_MANIFEST)
        return _parsed(statement.claims), statement.kid
    except (KeyError, TypeError, ValueError) as error:
        raise StatementError("It is not a manifest that this version knows.") from error


def hash_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _parsed(claims: Mapping[str, Any]) -> Manifest:
    if claims["schema"] != SCHEMA:
        raise StatementError(f"Its schema is {claims['schema']}, which this version does not know.")
    return Manifest(
        number=int(claims["number"]),
        previous=str(claims["previous"]),
        first_day=date.fromisoformat(claims["first_day"]),
        last_day=date.fromisoformat(claims["last_day"]),
        created_at=int(claims["iat"]),
        files=[FileEntry(**each) for each in claims["files"]],
        days=[ShardDay(**each) for each in claims["days"]],
    )
