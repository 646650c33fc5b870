"""The dead man: a URL of the operator's that is asked for while the system is well, and no longer.

Whoever runs that URL notices when it is not asked for any more, whatever has happened here.
"""

import structlog
from pydantic import SecretStr

from notifiers.base import NotifierError
from notifiers.posting import Provider
from security.egress.guard import OPERATORS_CHOICE

log = structlog.get_logger(__name__)

_SECONDS = 10.0


def ping_watchdog(url: SecretStr, *, seconds: float = _SECONDS) -> bool:
    """Ask for the URL; say whether it was answered well. Who holds the URL can forge a sign of life."""
    provider = Provider(name="The dead man", policy=OPERATORS_CHOICE, seconds=seconds)
    try:
        answer = provider.request("GET", url.get_secret_value())
    except NotifierError as error:
        log.warning("watchdog_ping_failed", reason=str(error))
        return False
    if not answer.accepted:
        log.warning("watchdog_ping_refused", status=answer.status)
    return answer.accepted
