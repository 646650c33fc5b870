"""What Postgres keeps of a password: enough to tell who knows it, too little to log in with (RFC 5803)."""

import base64
import hashlib
import hmac
import secrets

METHOD = "SCRAM-SHA-256"
_ITERATIONS = 4096
"""Postgres's own number. The passwords are random, so that guessing is hopeless anyway."""
_SALT_BYTES = 16


def verifier(password: str, salt: bytes | None = None) -> str:
    """Return what stands for the password in `CREATE ROLE … PASSWORD`, so that no log has it.

    The salt is a new one, unless it is given.
    """
    salt = secrets.token_bytes(_SALT_BYTES) if salt is None else salt
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, _ITERATIONS)
    stored = hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
    server = hmac.digest(salted, b"Server Key", "sha256")
    return f"{METHOD}${_ITERATIONS}:{_text(salt)}${_text(stored)}:{_text(server)}"


def _text(value: bytes) -> str:
    return base64.b64encode(value).decode()
