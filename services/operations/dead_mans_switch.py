"""The dead man's switch: a URL of the operator that is pinged while the system is healthy.

The service behind the URL notices when the pings stop, whatever has happened here.
"""

import structlog
from pydantic import SecretStr

from notifiers.base import NotifierError
from notifiers.posting import Provider
from security.egress.guard import OPERATORS_CHOICE

log = structlog.get_logger(__name__)

_SECONDS = 10.0


def ping_watchdog(url: SecretStr, *, seconds: float = _SECONDS) -> bool:
    """Ping the URL and return whether it accepted. Anyone who knows the URL can forge a ping."""
    provider = Provider(name="The dead man", policy=OPERATORS_CHOICE, seconds=seconds)
    try:
        answer = provider.request("GET", url.get_secret_value())
    except NotifierError as error:
        log.warning("watchdog_ping_failed", reason=str(error))
        return False
    if not answer.accepted:
        log.warning("watchdog_ping_refused", status=answer.status)
    return answer.accepted
