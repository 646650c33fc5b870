"""Opens encrypted keys and PKCS#12 files in a child process with limits.

That takes a fifth of a second, so never do it in a transaction. The result has no password. So a
derivation runs once, when a user sets the file, and never in a worker. Large RSA keys are validated
in the same way, because validation blocks every other thread of its process.
"""

import json
import subprocess
import sys
from base64 import b64decode
from binascii import Error as Base64Error
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import structlog

from security.private_keys import costs as key_costs
from security.private_keys import pem as key_pem

_CHILD = Path(__file__).with_name("child.py")
_SECONDS = 6.0
_NOT_PKCS12 = "This is not a PKCS#12 file, or the password is wrong."
_NOT_KEY = "The key is not in PEM format, or the password is wrong."
_TOO_COSTLY = "It takes too much time or memory to open. Export it again with fewer iterations."

log = structlog.get_logger(__name__)


class OpeningError(ValueError):
    """The text is a sentence for the user."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A key in PEM without a password, and its certificates, its own first."""

    key: str = field(repr=False)
    certificates: str


def check_pkcs12(text: str) -> None:
    """Raise `OpeningError` if the text is no PKCS#12 file in Base64, or costs too much to open."""
    try:
        binary = b64decode("".join(text.split()), validate=True)
    except (Base64Error, ValueError):
        raise OpeningError("The PKCS#12 file is not in Base64.") from None
    try:
        key_costs.check_pkcs12(binary)
    except key_costs.CostlyKeyError as error:
        raise OpeningError(f"The PKCS#12 file cannot be used. {error}") from None
    except ValueError:
        raise OpeningError(_NOT_PKCS12) from None


def open_pkcs12(text: str, password: str | None) -> Opened:
    """Return the contents of a file, or raise `OpeningError`."""
    check_pkcs12(text)
    found = _ask({"pkcs12": "".join(text.split()), "password": password}, _NOT_PKCS12)
    if not found["key"] or not found["certificates"]:
        raise OpeningError("The PKCS#12 file must contain a key and its certificate.")
    return Opened(found["key"], found["certificates"])


def validate(pem: str) -> None:
    """Raise `OpeningError` if the numbers of a key without a password do not form a key."""
    _ask({"key": pem, "password": None}, key_pem.NOT_PEM)


def open_key(pem: str, password: str) -> str:
    """Return a checked key (`pem.check_cost`) without its password, or raise `OpeningError`."""
    key: str = _ask({"key": pem, "password": password}, _NOT_KEY)["key"]
    return key


def _ask(file: dict[str, Any], refusal: str) -> dict[str, Any]:
    """Run the child; raise `OpeningError` with the refusal if the file does not open."""
    try:
        done = subprocess.run(  # noqa: S603 - our own file
            # Through a pipe, because every user of the machine can read arguments.
            [sys.executable, "-I", "-B", str(_CHILD)],
            input=json.dumps(file).encode(),
            capture_output=True,
            timeout=_SECONDS,
            # Nothing of our environment, because a variable may contain a secret.
            env={"LANG": "C.UTF-8"},
            cwd="/",
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise OpeningError(_TOO_COSTLY) from None
    if done.returncode:
        # A limit ended it; its output could contain a part of the file.
        log.warning("key_not_opened", returncode=done.returncode)
        raise OpeningError(_TOO_COSTLY)
    found: dict[str, Any] = json.loads(done.stdout)
    if not found:
        raise OpeningError(refusal)
    return found
