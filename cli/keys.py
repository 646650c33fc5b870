"""Make a new key, or wrap all data keys anew after another was put first in DOWNTIME_KEYS.

signing: a private key for access tokens (ES256, PEM). encryption: a key for DOWNTIME_KEYS.
rewrap: afterwards no key but the first is needed any more.
"""

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from config.settings import load
from devstack.keys import create, new_encryption_key, new_signing_key
from models.session import engine, session_scope
from security.vault import KeyRing, VaultError
from services import data_keys

_MAKE: dict[str, Callable[[], str]] = {
    "signing": new_signing_key,
    "encryption": new_encryption_key,
}


def main(argv: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="downtime keys", description=__doc__)
    parser.add_argument("task", nargs="?", choices=[*_MAKE, "rewrap"], default="signing")
    parser.add_argument("--output", type=Path, help="a new file, readable by its owner only")
    arguments = parser.parse_args(argv)
    if arguments.task == "rewrap":
        return _rewrap()
    secret = _MAKE[arguments.task]()
    if arguments.output is None:
        print(secret.rstrip())
        return 0
    try:
        create(arguments.output, secret)
    except OSError as error:
        print(f"{arguments.output}: {error.strerror}", file=sys.stderr)
        return 1
    return 0


def _rewrap() -> int:
    try:
        ring = KeyRing.from_settings(load())
        with session_scope() as session:
            count = data_keys.rewrap(session, ring=ring)
    except (ValueError, VaultError) as error:
        print(error, file=sys.stderr)
        return 1
    finally:
        engine().dispose()
    print(f"{count} data keys were wrapped anew. All are wrapped by {ring.active} now.")
    return 0
