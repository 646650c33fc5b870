"""Look after the archive of checks.

status: how far it is. verify: read it whole, and report what is damaged, missing or too much.
restore: bring the checks of a day back into the database for a while, as the owner of the tables. sweep: delete what killed
attempts left. rebuild-catalogue: after a backup of the database was restored.
"""

import argparse
import sys
import tempfile
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from functools import partial
from pathlib import Path

from config.settings import load
from models.session import database_now, engine
from services.archive import stores
from services.archive.archiver import Archiver
from services.archive.days import restoring
from services.archive.days.restoring import NotRestorable
from services.archive.files.store import StoreError
from services.archive.upkeep import orphans, overview, rebuilding, verification
from services.operations import signing_keys

_KEPT_DAYS = 7


def main(argv: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="downtime archive", description=__doc__)
    parser.add_argument("action", choices=_ACTIONS, help="what to do")
    parser.add_argument(
        "--day", type=date.fromisoformat, help="restore: the day, such as 2026-11-29"
    )
    parser.add_argument(
        "--keep", type=int, default=_KEPT_DAYS, metavar="DAYS", help="restore: for how many days"
    )
    parser.add_argument(
        "--trust", action="append", default=[], metavar="KID", help="a key that signed manifests"
    )
    arguments = parser.parse_args(argv)
    if arguments.action == "restore" and arguments.day is None:
        parser.error("restore needs --day.")
    settings = load()
    settings.need("database_url")
    if arguments.action in _SIGNED:
        settings.need("jwt_private_key")
    try:
        with tempfile.TemporaryDirectory(prefix="downtime-archive-") as folder:
            keys = partial(signing_keys.of_settings, settings=settings)
            archiver = stores.archiver(settings, Path(folder), keys)
            return _ACTIONS[arguments.action](archiver, arguments)
    except (StoreError, NotRestorable) as error:
        print(error, file=sys.stderr)
        return 1
    finally:
        engine().dispose()


def _status(archiver: Archiver, _: argparse.Namespace) -> int:
    with archiver.transaction() as session:
        found = overview.of(session)
    print(f"The archive is at {stores.url_of(load())}.")
    print(f"Days: {found.days}, {found.dropped} of them only there, {found.restored} restored.")
    if found.first and found.last:
        print(f"From {found.first} to {found.last}.")
    print(f"Checks: {found.rows:,} in {found.files:,} files of {found.size_bytes:,} bytes.")
    print(f"Manifests: {found.manifests:,}. Days with late rows: {found.late}.")
    for day, states in found.unfinished.items():
        print(f"In progress: {day} ({states}).")
    return 0


def _verify(archiver: Archiver, arguments: argparse.Namespace) -> int:
    problems = 0
    for problem in verification.problems(archiver, trusted=arguments.trust):
        print(problem, file=sys.stderr)
        problems += 1
    if problems:
        print(f"The archive has {problems} problems.", file=sys.stderr)
        return 1
    print("The archive is complete and unchanged.")
    _note_kept(archiver)
    return 0


def _restore(archiver: Archiver, arguments: argparse.Namespace) -> int:
    with archiver.transaction() as session:
        until = database_now(session).date() + timedelta(days=arguments.keep)
    count = restoring.restore_day(archiver, arguments.day, until=until)
    print(f"{count} checks of {arguments.day} are in the database until {until}.")
    return 0


def _sweep(archiver: Archiver, _: argparse.Namespace) -> int:
    print(f"{orphans.sweep(archiver)} objects were deleted.")
    _note_kept(archiver)
    return 0


def _note_kept(archiver: Archiver) -> None:
    """Say if what is deleted stays in the bucket."""
    note = verification.retention_note(archiver.store)
    if note is not None:
        print(note, file=sys.stderr)


def _rebuild(archiver: Archiver, arguments: argparse.Namespace) -> int:
    days = rebuilding.rebuild(archiver, trusted=frozenset(arguments.trust))
    print(f"The catalogue has {days} days again.")
    return 0


_SIGNED = ("verify", "rebuild-catalogue")
_ACTIONS: dict[str, Callable[[Archiver, argparse.Namespace], int]] = {
    "status": _status,
    "verify": _verify,
    "restore": _restore,
    "sweep": _sweep,
    "rebuild-catalogue": _rebuild,
}
