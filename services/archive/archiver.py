"""What the work on the archive needs: transactions, the object store, keys, and a folder."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from sqlalchemy.orm import Session

from security.jwt.signing_keys import SigningKeys
from services.archive.files.store import Store


class Step(StrEnum):
    """The steps of a day into the archive, and of its files from then on.

    After a kill at any of them, nothing is lost.
    """

    CLAIMED = "claimed"
    UNLOADED = "unloaded"
    CREATED = "created"
    STORED = "stored"
    READ_BACK = "read back"
    VERIFIED = "verified"
    MANIFEST_CREATED = "manifest created"
    CURRENT = "current"
    DROPPED = "dropped"
    REWRITTEN = "rewritten"
    COMPACTED = "compacted"
    COMPARED = "compared"


def _ignore(_: Step) -> None:
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class Archiver:
    """Each piece of work opens its own transactions, none of which waits for the object store.

    `folder` has room for the files of one shard and day. `reached` is told of each finished step.
    """

    transaction: Callable[[], AbstractContextManager[Session]]
    store: Store
    keys: Callable[[Session], SigningKeys]
    folder: Path
    reached: Callable[[Step], None] = field(default=_ignore)
