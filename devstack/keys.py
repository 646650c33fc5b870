"""The secrets of an embedded stack: made on first use, kept in files that only their owner reads."""

import base64
import os
import secrets
from collections.abc import Callable
from pathlib import Path

import psutil
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from security.messages.keys import KEY_BYTES


def new_signing_key() -> str:
    """Make the private key (ES256) that access tokens are signed with, as PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def new_encryption_key() -> str:
    """Make a key for `DOWNTIME_KEYS`, with an id of its own."""
    return f"k{secrets.token_hex(4)}:{base64.b64encode(secrets.token_bytes(32)).decode()}"


def new_message_key() -> str:
    """Make a master key for `DOWNTIME_MESSAGE_KEYS`, with an id of its own."""
    return f"m{secrets.token_hex(4)}:{base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()}"


def new_password() -> str:
    return secrets.token_urlsafe(15)


def keep(path: Path, make: Callable[[], str]) -> str:
    """Read the secret at `path`; make it first where there is none."""
    _forget_drafts(path)
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        create(path, make())
    return path.read_text().strip()


def create(path: Path, secret: str, *, mode: int = 0o600) -> None:
    """Write a new file, whole or not at all; raises `FileExistsError` rather than overwrite one.

    It is on the disk when this returns: what is encrypted under a key must not outlive it.
    """
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(secret)
        file.flush()
        os.fsync(handle)
    # Whatever the umask takes away from new files.
    draft.chmod(mode)
    try:
        os.link(draft, path)
    finally:
        draft.unlink()
    sync_directory(path.parent)


def sync_directory(directory: Path) -> None:
    """Have the names in a directory on the disk, and not only what is in its files."""
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _forget_drafts(path: Path) -> None:
    """Remove what processes left that were killed while they made this secret."""
    for draft in path.parent.glob(f".{path.name}.*"):
        number = draft.suffix.removeprefix(".")
        if number.isdecimal() and not psutil.pid_exists(int(number)):
            draft.unlink(missing_ok=True)
