"""The secrets of an embedded stack: made on first use, kept in files that only their owner reads."""

import base64
import os
import secrets
from collections.abc import Callable
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from security.message_keys import KEY_BYTES


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
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        create(path, make())
    return path.read_text().strip()


def create(path: Path, secret: str, *, mode: int = 0o600) -> None:
    """Write a new file, whole or not at all; raises `FileExistsError` rather than overwrite one."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(secret)
    # Whatever the umask takes away from new files.
    draft.chmod(mode)
    try:
        os.link(draft, path)
    finally:
        draft.unlink()
