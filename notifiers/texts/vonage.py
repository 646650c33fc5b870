"""A gateway for texts that speaks as Vonage's SMS API (formerly Nexmo) does."""

from typing import Any

import structlog

from notifiers.base import NotifierError, Receipt
from notifiers.one_line import one_line
from notifiers.posting import LONGEST_ANSWER, SECONDS, Provider, ProviderResponse
from notifiers.texts.account import Account
from notifiers.texts.segments import is_gsm
from security.egress.guard import OPERATORS_CHOICE

log = structlog.get_logger(__name__)

_ACCEPTED = "0"
_THROTTLED = "1"
# Credentials, account, credit, sender and whom a trial account may write to: the operator's to mend.
_OPERATOR = frozenset({"2", "4", "8", "9", "11", "14", "15", "22", "23", "29", "32", "34"})
# No such number, barred, not routable.
_NUMBER = frozenset({"6", "7", "33"})


class VonageGateway:
    """`account` has the key and the secret of the API; it splits long texts by itself."""

    def __init__(self, account: Account, *, seconds: float = SECONDS) -> None:
        self._account = account
        self._provider = Provider(name="The SMS gateway", policy=OPERATORS_CHOICE, seconds=seconds)

    def send_text(self, to: str, text: str, *, key: str) -> Receipt:
        account = self._account
        answer = self._provider.post(
            f"{account.url.rstrip('/')}/sms/json",
            data={
                "api_key": account.account,
                "api_secret": account.token,
                "from": account.sender,
                "to": to.removeprefix("+"),
                "text": text,
                "type": "text" if is_gsm(text) else "unicode",
                "client-ref": key,
            },
        )
        parts = _parts(answer)
        refused = next((part for part in parts if _status(part) != _ACCEPTED), None)
        if answer.accepted and parts and refused is None:
            reference = one_line(str(parts[0].get("message-id", "")))[:LONGEST_ANSWER]
            return self._provider.accepted(answer, reference)
        raise self._refused(answer, refused or {})

    def _refused(self, answer: ProviderResponse, part: dict[str, Any]) -> NotifierError:
        status = _status(part)
        if status in _OPERATOR:
            log.error("gateway_refused_us", code=status)
            return NotifierError(f"{self._provider.name} refused this service.")
        if status == _THROTTLED:
            return NotifierError(f"{self._provider.name} asks to wait.", retry_after=1)
        gone = status in _NUMBER
        return self._provider.refused(answer, part.get("error-text"), gone=gone)


def _status(part: dict[str, Any]) -> str:
    """Return its status as text: who speaks the same may write a number."""
    return str(part.get("status", ""))


def _parts(answer: ProviderResponse) -> list[dict[str, Any]]:
    """Return what it says of each segment."""
    parts = answer.object.get("messages")
    if not isinstance(parts, list):
        return []
    return [part if isinstance(part, dict) else {} for part in parts]
