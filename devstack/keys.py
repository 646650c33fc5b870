"""The secrets of an embedded stack: made on first use, in files that only their owner reads."""

import base64
import os
import secrets
from collections.abc import Callable
from pathlib import Path

import psutil

from security.messages.keys import KEY_BYTES


def new_signing_key() -> str:
    """Return a new private key (ES256) for access tokens, as PEM."""
    # Needed once in the life of a directory, and large.
    from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415 - see above
    from cryptography.hazmat.primitives.serialization import (  # noqa: PLC0415 - see above
        Encoding,
        NoEncryption,
        PrivateFormat,
    )

    key = ec.generate_private_key(ec.SECP256R1())
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def new_encryption_key() -> str:
    """Return a new key for `DOWNTIME_KEYS`, with an id of its own."""
    return f"k{secrets.token_hex(4)}:{base64.b64encode(secrets.token_bytes(32)).decode()}"


def new_message_key() -> str:
    """Return a new master key for `DOWNTIME_MESSAGE_KEYS`, with an id of its own."""
    return f"m{secrets.token_hex(4)}:{base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()}"


def new_password() -> str:
    return secrets.token_urlsafe(15)


def keep(path: Path, make: Callable[[], str]) -> str:
    """Return the secret at `path`; make it first if there is none."""
    _forget_drafts(path)
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        create(path, make())
    return path.read_text().strip()


def create(path: Path, secret: str, *, mode: int = 0o600) -> None:
    """Write a new file, whole or not at all; raise `FileExistsError` if it exists.

    The file is on disk when this returns, because encrypted data must not outlive its key.
    """
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(secret)
        file.flush()
        os.fsync(handle)
    # Whatever the umask removes from new files.
    draft.chmod(mode)
    try:
        os.link(draft, path)
    finally:
        draft.unlink()
    sync_directory(path.parent)


def sync_directory(directory: Path) -> None:
    """Flush the names in a directory to disk, and not only the contents of its files."""
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _forget_drafts(path: Path) -> None:
    """Remove the drafts of processes that were killed while they made this secret."""
    for draft in path.parent.glob(f".{path.name}.*"):
        number = draft.suffix.removeprefix(".")
        if number.isdecimal() and not psutil.pid_exists(int(number)):
            draft.unlink(missing_ok=True)
