"""What Postgres stores of a password: enough to verify it, too little to log in (RFC 5803)."""

import base64
import hashlib
import hmac
import secrets

METHOD = "SCRAM-SHA-256"
_ITERATIONS = 4096
"""The default of Postgres. The passwords are random, so guessing is hopeless anyway."""
_SALT_BYTES = 16


def verifier(password: str, salt: bytes | None = None) -> str:
    """Return the verifier for `CREATE ROLE … PASSWORD`, so that no log contains the password.

    The salt is random unless it is given.
    """
    salt = secrets.token_bytes(_SALT_BYTES) if salt is None else salt
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, _ITERATIONS)
    stored = hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
    server = hmac.digest(salted, b"Server Key", "sha256")
    return f"{METHOD}${_ITERATIONS}:{_text(salt)}${_text(stored)}:{_text(server)}"


def _text(value: bytes) -> str:
    return base64.b64encode(value).decode()
