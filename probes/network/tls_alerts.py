"""The TLS alerts with which a server refuses a client certificate."""

from domain.evaluation.outcome import Cause
from probes.failures import Failure, down

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
"""By the texts of OpenSSL, which libcurl and `ssl` quote; there is no number."""


def refused_certificate(text: str) -> Failure | None:
    """Return the failure if the text of a TLS error is such an alert."""
    words = text.lower()
    if "alert" not in words:
        return None
    for alert, why in _ALERTS.items():
        if alert in words:
            return down(Cause.AUTHORIZATION, f"The site refused the client certificate: {why}.")
    return None
