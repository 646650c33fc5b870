"""Masks secrets in the answers of providers: servers repeat the requests they receive.

An answer is stored, shown to all members and mailed to owners. Its secrets are those of the channel
and of the operator's accounts.
"""

import re
from collections.abc import Iterable, Iterator
from urllib.parse import parse_qsl, unquote, urlsplit

from pydantic import SecretStr

from config.settings import Settings
from notifiers.base import NotifierError, Receipt
from notifiers.registry import KINDS
from probes import masking
from services.relay.claims import Claimed
from services.secret_fields import may_hold_secret

Outcome = Receipt | NotifierError
"""What the provider answered to a message that it accepted, or the error of a refused one."""

_SHORTEST = 8
"""The minimum length of a secret in a URL or a template: a shorter text may be an ordinary word."""
_SHORTEST_BEGINNING = 4
_RANDOM = re.compile(r"[0-9A-Z]")
"""Ordinary words of a path, such as `services`, have none of these."""
_WORD = re.compile(r"[^\s:,;{}\"']+")


def harmless(outcome: Outcome, claimed: Claimed, operators: Iterable[str]) -> Outcome:
    """Mask the secrets of the channel and of the operator (`operators`), and what looks like any."""
    secrets = sorted({*_of_channel(claimed), *operators}, key=len, reverse=True)
    if isinstance(outcome, NotifierError):
        outcome.args = (_without(str(outcome), secrets),)
        return outcome
    reference = outcome.reference and _without(outcome.reference, secrets)
    return Receipt(_without(outcome.answer, secrets), reference)


def of_operator(settings: Settings) -> frozenset[str]:
    """Return the secrets of the accounts that send messages."""
    tokens = (settings.sms_token, settings.voice_token, settings.telegram_token)
    password = unquote(urlsplit(settings.smtp_url.get_secret_value()).password or "")
    templates = (settings.sms_http_headers, settings.sms_http_body)
    words = [word for each in templates for word in _WORD.findall(each.get_secret_value())]
    known = [*(each.get_secret_value() for each in tokens), password]
    return frozenset(
        [*filter(None, known), *(each for each in words if len(each) >= 2 * _SHORTEST)]
    )


def _of_channel(claimed: Claimed) -> Iterator[str]:
    if claimed.destination is None:
        return
    fields = KINDS[claimed.kind].settings.model_fields if claimed.kind in KINDS else {}
    for name, field in fields.items():
        value = claimed.destination.settings.get(name)
        if may_hold_secret(field.annotation) and value:
            yield from _parts(_text(value))


def _text(value: object) -> str:
    return value.get_secret_value() if isinstance(value, SecretStr) else str(value)


def _parts(secret: str) -> Iterator[str]:
    """Yield a secret and, if it is a URL, its secret parts: a server may repeat only the path."""
    yield secret
    if "://" in secret:
        url = urlsplit(secret)
        *inner, last = url.path.split("/")
        values = [value for _, value in parse_qsl(url.query)]
        random_parts = filter(_RANDOM.search, inner)
        parts = (url.path.strip("/"), last, url.query, *values, *random_parts)
        yield from (part for part in parts if len(part) >= _SHORTEST)


def _without(text: str, secrets: list[str]) -> str:
    return _without_beginning(masking.masked(text, secrets), secrets)


def _without_beginning(text: str, secrets: list[str]) -> str:
    """Mask the beginning of a secret at the end of the text: long answers are truncated."""
    for secret in secrets:
        for length in range(min(len(secret) - 1, len(text)), _shortest_beginning(secret) - 1, -1):
            if text.endswith(secret[:length]):
                return f"{text[:-length]}{masking.MASK}"
    return text


def _shortest_beginning(secret: str) -> int:
    """Return how much of a secret tells something: in a URL or path, what ordinary words do not."""
    if "/" not in secret:
        return _SHORTEST_BEGINNING
    first = _RANDOM.search(secret)
    return max(first.end(), _SHORTEST_BEGINNING) if first else len(secret)
