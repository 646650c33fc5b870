"""Make a new key, or wrap all data keys again with the first key of DOWNTIME_KEYS.

signing: a private key for access tokens (ES256, PEM). encryption: a key for DOWNTIME_KEYS.
messages: a master key for DOWNTIME_MESSAGE_KEYS; with --for, the keys of one component, derived
from the master keys on standard input. rewrap: afterwards only the first key is needed. list,
rotate and revoke: the keys of access tokens, which a running system rotates by itself.
"""

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from cli.signing_keys import SIGNING_KEY_TASKS, manage_signing_keys
from config.settings import load
from devstack.keys import create, new_encryption_key, new_message_key, new_signing_key
from models.session import engine, session_scope
from security.messages.components import COMPONENTS
from security.messages.keys import MessageKeys
from security.vault import KeyRing, VaultError
from services import data_keys
from services.accounts import second_factors
from services.operations import signing_keys

_MAKE: dict[str, Callable[[], str]] = {
    "signing": new_signing_key,
    "encryption": new_encryption_key,
    "messages": new_message_key,
}


def main(argv: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="downtime keys", description=__doc__)
    parser.add_argument(
        "task", nargs="?", choices=[*_MAKE, "rewrap", *SIGNING_KEY_TASKS], default="signing"
    )
    parser.add_argument("--output", type=Path, help="a new file, readable by its owner only")
    parser.add_argument("--for", choices=COMPONENTS, dest="component", help="messages only")
    parser.add_argument("--region", default="default", help="of check workers, for messages only")
    parser.add_argument("--kid", default="", help="which key to revoke")
    arguments = parser.parse_args(argv)
    if arguments.task in SIGNING_KEY_TASKS:
        return manage_signing_keys(arguments.task, arguments.kid)
    if arguments.task == "rewrap":
        return _rewrap()
    try:
        secret = _made(arguments)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 1
    if arguments.output is None:
        print(secret.rstrip())
        return 0
    try:
        create(arguments.output, secret)
    except OSError as error:
        print(f"{arguments.output}: {error.strerror}", file=sys.stderr)
        return 1
    return 0


def _made(arguments: argparse.Namespace) -> str:
    if arguments.task == "messages" and arguments.component:
        master = MessageKeys.parse(sys.stdin.read())
        return master.ring_for(arguments.component, region=arguments.region)
    return _MAKE[arguments.task]()


def _rewrap() -> int:
    try:
        ring = KeyRing.from_settings(load())
        with session_scope() as session:
            count = data_keys.rewrap(session, ring=ring)
            count += signing_keys.rewrap(session, ring=ring)
            count += second_factors.rewrap(session, ring=ring)
    except (ValueError, VaultError) as error:
        print(error, file=sys.stderr)
        return 1
    finally:
        engine().dispose()
    print(f"{count} data keys were rewrapped. All of them are now wrapped by {ring.active}.")
    return 0
