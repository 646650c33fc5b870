"""Codes of authenticator apps (TOTP, RFC 6238), and recovery codes to replace a lost one."""

import base64
import hashlib
from datetime import datetime
from secrets import token_bytes

import pyotp
from pyotp.exceptions import OTPVerificationError

RECOVERY_CODES = 10

_ISSUER = "Downtime Monitor"
_EITHER_SIDE = 1
"""The steps of 30 s by which the clock of the app may be wrong."""
_RECOVERY_BYTES = 15
_GROUP = 4
_LONGEST = 64


def new_secret() -> str:
    """Return 160 random bits in base32."""
    return pyotp.random_base32()


def address(secret: str, account: str) -> str:
    """Return the URL of the QR code for an app."""
    return pyotp.TOTP(secret).provisioning_uri(name=account, issuer_name=_ISSUER)


def step_of(secret: str, code: str, *, now: datetime) -> int | None:
    """Return the time step of a code, or None if it is not valid now."""
    plain = code.replace(" ", "")
    if not (plain.isascii() and plain.isdigit()):
        return None
    try:
        return pyotp.TOTP(secret).verify_and_get_timecode(
            plain, for_time=now, valid_window=_EITHER_SIDE
        )
    except OTPVerificationError:
        return None


def new_recovery_code() -> str:
    """Return 120 random bits in groups that can be written down."""
    text = base64.b32encode(token_bytes(_RECOVERY_BYTES)).decode().lower()
    return "-".join(text[start : start + _GROUP] for start in range(0, len(text), _GROUP))


def recovery_code_hash(code: str) -> bytes:
    """Return the stored hash of a recovery code in any spelling; 120 bits need no slow hash."""
    plain = "".join(sign for sign in code[:_LONGEST].lower() if sign.isalnum())
    return hashlib.sha256(plain.encode()).digest()
