"""Why a TLS handshake failed, by the words of OpenSSL."""

import re

from domain.evaluation.outcome import Cause
from probes.failures import Failure, down

_NO_CIPHER = "The TLS handshake failed: the server accepts no offered cipher or key exchange."
_OLD = "The TLS handshake failed: the server supports no TLS version that is still secure."
_NO_TLS = "The TLS handshake failed: the server does not speak TLS on this port."
_NAME = "The TLS handshake failed: the server does not know this name."
_INTERNAL = "The TLS handshake failed: the server reported an internal error."
_SHORT_KEY = "The TLS handshake failed: the key of the server is too short."
_SIGNATURE = "The TLS handshake failed: the signature of the server is wrong."
_CLOSED = "The TLS handshake failed: the server closed the connection."
_UNKNOWN = "The TLS handshake failed."

_REASONS = {
    "alert handshake failure": _NO_CIPHER,
    "no shared cipher": _NO_CIPHER,
    "insufficient security": _NO_CIPHER,
    "protocol version": _OLD,
    "unsupported protocol": _OLD,
    "no protocols available": _OLD,
    "wrong version number": _NO_TLS,
    "packet length too long": _NO_TLS,
    "record layer failure": _NO_TLS,
    "http request": _NO_TLS,
    "unrecognized name": _NAME,
    "alert internal error": _INTERNAL,
    "key too small": _SHORT_KEY,
    "dh key": _SHORT_KEY,
    "bad signature": _SIGNATURE,
    "eof while reading": _CLOSED,
    "unexpected eof": _CLOSED,
    "reset by peer": _CLOSED,
    "syscall": _CLOSED,
}
"""By words that occur in the reason, the more specific first."""
_ALERTS = {
    "certificate required": "it requires one, and got none that it accepts",
    "unknown ca": "it does not know its issuer",
    "certificate unknown": "it does not accept it",
    "bad certificate": "it does not accept it",
    "certificate expired": "it has expired",
    "certificate revoked": "it was revoked",
    "unsupported certificate": "it is not valid for clients",
    "access denied": "it does not accept it",
}
"""The alerts that refuse a client certificate, by the texts of OpenSSL; there is no number."""
_SEPARATORS = re.compile(r"[_\W]+")


def handshake_failure(reason: str) -> Failure:
    """Return the failure of a handshake. `reason` is the text of OpenSSL, or of who uses it."""
    words = _SEPARATORS.sub(" ", reason).lower()
    found = (sentence for known, sentence in _REASONS.items() if known in words)
    return down(Cause.TLS, next(found, _UNKNOWN))


def refused_certificate(text: str) -> Failure | None:
    """Return the failure if the text of a TLS error is such an alert."""
    words = text.lower()
    if "alert" not in words:
        return None
    for alert, why in _ALERTS.items():
        if alert in words:
            return down(Cause.AUTHORIZATION, f"The site refused the client certificate: {why}.")
    return None
