"""Alerts by text message, through an HTTP gateway that speaks as Twilio's Messages resource does."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import structlog

from config.settings import Settings
from domain.alert import Alert
from notifiers.base import NotifierError
from notifiers.sms_text import text_of
from notifiers.wording import one_line
from security.egress import OPERATORS_CHOICE, guarded_session

log = structlog.get_logger(__name__)

_SECONDS = 20.0
_LONGEST_ANSWER = 200
# Login, account and sender are the operator's: codes of the gateway, and statuses, about those.
_OPERATOR_CODES = frozenset({20003, 20005, 20404, 21212, 21603, 21606, 21659, 21660})
_OPERATOR_STATUSES = frozenset({401, 403, 404})
_ACCEPTED = range(200, 300)
_FINAL = range(400, 500)
_TOO_MANY = 429
_NUMBER = re.compile(r"\+[1-9][0-9]{6,14}")
_SECONDS_ASKED = re.compile(r"[0-9]{1,6}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Gateway:
    """Where texts go, whose account pays, and the number or name that they come from."""

    url: str
    account: str
    token: str = field(repr=False)
    sender: str

    @property
    def messages_url(self) -> str:
        account = quote(self.account, safe="")
        return f"{self.url.rstrip('/')}/2010-04-01/Accounts/{account}/Messages.json"


class SmsNotifier:
    """Sends through one gateway; each attempt ends within `seconds`."""

    def __init__(self, gateway: Gateway, *, seconds: float = _SECONDS) -> None:
        self._gateway = gateway
        self._seconds = seconds

    def send(self, address: str, alert: Alert) -> str | None:
        if not self._gateway.account:
            raise NotifierError("This service has no SMS gateway.", permanent=True)
        if not _NUMBER.fullmatch(address):
            raise NotifierError("This is not a phone number.", permanent=True)
        status, headers, body = self._post(address, alert)
        answer = _object(body)
        if status in _ACCEPTED and isinstance(answer.get("sid"), str):
            return one_line(answer["sid"])[:_LONGEST_ANSWER]
        raise _refused(status, headers, answer)

    def _post(self, address: str, alert: Alert) -> tuple[int, Mapping[str, str], bytes]:
        gateway = self._gateway
        try:
            # The operator named this gateway in the settings, maybe on a private address.
            with guarded_session(OPERATORS_CHOICE, seconds=self._seconds) as session:
                response = session.post(
                    gateway.messages_url,
                    data={"To": address, "From": gateway.sender, "Body": text_of(alert)},
                    auth=(gateway.account, gateway.token),
                    headers={"Idempotency-Key": alert.key},
                )
                return response.status_code, response.headers, response.content
        except OSError as error:  # what requests raises is an OSError too
            log.warning("sms_gateway_failed", alert=alert.key, error=type(error).__name__)
            raise NotifierError(
                "The SMS gateway did not answer properly.", permanent=False
            ) from error


def from_settings(settings: Settings) -> SmsNotifier:
    return SmsNotifier(
        Gateway(
            url=settings.sms_gateway_url,
            account=settings.sms_account,
            token=settings.sms_token.get_secret_value(),
            sender=settings.sms_sender,
        )
    )


def _object(body: bytes) -> dict[str, Any]:
    """Read a JSON object; pages of proxies in between are none."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _refused(status: int, headers: Mapping[str, str], answer: Mapping[str, Any]) -> NotifierError:
    code = answer.get("code")
    if status in _OPERATOR_STATUSES or code in _OPERATOR_CODES:
        log.error("sms_gateway_refused_us", status=status, code=code)
        return NotifierError("The SMS gateway refused this service.", permanent=False)
    if status == _TOO_MANY:
        return NotifierError(
            "The SMS gateway asks to wait.", permanent=False, retry_after=_wait(headers)
        )
    said = one_line(str(answer.get("message", "")))
    return NotifierError(
        f"The SMS gateway answered {status}: {said}"[:_LONGEST_ANSWER],
        permanent=status in _FINAL and isinstance(code, int),
    )


def _wait(headers: Mapping[str, str]) -> float:
    asked = headers.get("Retry-After", "")
    return float(asked) if _SECONDS_ASKED.fullmatch(asked) else 0.0
