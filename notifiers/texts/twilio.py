"""Gateways that speak as Twilio's API of 2010-04-01 does: for texts, and for calls."""

from collections.abc import Mapping
from http import HTTPStatus
from urllib.parse import quote

import structlog

from notifiers.base import NotifierError, Receipt
from notifiers.one_line import one_line
from notifiers.posting import LONGEST_ANSWER, SECONDS, Provider, ProviderResponse
from notifiers.texts.account import Account
from security.egress.guard import OPERATORS_CHOICE

log = structlog.get_logger(__name__)

# Login, account, sender and the countries it may reach are the operator's: codes of the gateway about those.
_OPERATOR_CODES = frozenset(
    {
        10001,
        20003,
        20005,
        20404,
        21210,
        21212,
        21215,
        21219,
        21408,
        21603,
        21606,
        21608,
        21659,
        21660,
    }
)
_OPERATOR_STATUSES = frozenset(
    {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND}
)
# No such number, one that cannot be reached, or that asked for no more.
_NUMBER_CODES = frozenset({13224, 21211, 21214, 21217, 21265, 21610, 21614})
_FINAL = range(400, 500)


class Twilio:
    """Creates messages and calls; each attempt ends within `seconds`."""

    def __init__(self, account: Account, *, name: str, seconds: float = SECONDS) -> None:
        self._account = account
        # The operator named this gateway in the settings, maybe on a private address.
        self._provider = Provider(name=name, policy=OPERATORS_CHOICE, seconds=seconds)

    def create(self, resource: str, values: Mapping[str, str], *, key: str) -> Receipt:
        """Create one; the reference is the gateway's id of it."""
        account = self._account
        answer = self._provider.post(
            _url_of(resource, account),
            data={"From": account.sender, **values},
            auth=(account.account, account.token),
            headers={"Idempotency-Key": key},
        )
        sid = answer.object.get("sid")
        if answer.accepted and isinstance(sid, str):
            return self._provider.accepted(answer, one_line(sid)[:LONGEST_ANSWER])
        raise self._refused(answer)

    def _refused(self, answer: ProviderResponse) -> NotifierError:
        given = answer.object.get("code")
        code = given if isinstance(given, int) else None
        if answer.status in _OPERATOR_STATUSES or code in _OPERATOR_CODES:
            log.error("gateway_refused_us", status=answer.status, code=code)
            return NotifierError(f"{self._provider.name} refused this service.")
        if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
            return NotifierError(
                f"{self._provider.name} asks to wait.", retry_after=answer.retry_after
            )
        return self._provider.refused(
            answer,
            answer.object.get("message"),
            permanent=answer.status in _FINAL and code is not None,
            gone=code in _NUMBER_CODES,
        )


def _url_of(resource: str, account: Account) -> str:
    name = quote(account.account, safe="")
    return f"{account.url.rstrip('/')}/2010-04-01/Accounts/{name}/{resource}.json"
