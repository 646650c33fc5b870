"""Why a TLS handshake failed, by the words of OpenSSL."""

import re

from domain.evaluation.outcome import Cause
from probes.failures import Failure, down

FAILED = "The TLS handshake failed"
_REASONS = {
    "alert handshake failure": "the server accepts no offered cipher or key exchange",
    "no shared cipher": "the server accepts no offered cipher or key exchange",
    "alert insufficient security": "the server accepts no offered cipher or key exchange",
    "protocol version": "the server supports no TLS version that is still secure",
    "unsupported protocol": "the server supports no TLS version that is still secure",
    "no protocols available": "the server supports no TLS version that is still secure",
    "wrong version number": "the server does not speak TLS on this port",
    "packet length too long": "the server does not speak TLS on this port",
    "record layer failure": "the server does not speak TLS on this port",
    "http request": "the server does not speak TLS on this port",
    "unrecognized name": "the server does not know this name",
    "certificate required": "the server requires a client certificate",
    "bad certificate": "the server refused the client certificate",
    "alert internal error": "the server reported an internal error",
    "key too small": "the key of the server is too short",
    "dh key": "the key of the server is too short",
    "bad signature": "the signature of the server is wrong",
    "eof while reading": "the server closed the connection",
    "reset by peer": "the server closed the connection",
    "unexpected eof": "the server closed the connection",
    "syscall": "the server closed the connection",
}
"""By words that occur in the reason, the more specific first."""
_SEPARATORS = re.compile(r"[_\W]+")


def handshake_failure(reason: str) -> Failure:
    """Return the failure of a handshake. `reason` is the text of OpenSSL, or of who uses it."""
    words = _SEPARATORS.sub(" ", reason).lower()
    why = next((text for known, text in _REASONS.items() if known in words), "")
    return down(Cause.TLS, f"{FAILED}: {why}." if why else f"{FAILED}.")
