"""Takes secrets out of what a site sent, before anybody gets to see it.

Sites echo what they were sent, and hand out tokens of their own. So three things are masked: values
whose name says that they are secret, what looks like authorization, and each secret of the
target's credentials wherever and however it is written.
"""

import base64
import binascii
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus

from pydantic import BaseModel, SecretBytes, SecretStr

if TYPE_CHECKING:
    from probes.auth.base import Credential

MASK = "•••"
_SHORTEST = 4
"""A shorter secret would blot out ordinary words, and is none."""
_SHORTEST_TOKEN = 8
"""Schemes remember words such as `Bearer` too."""

_TELLING = (
    r"authoriz|authentication|cookie|token|secret|passw|pwd|api[-_]?key|access[-_]?key|private"
    r"|session|csrf|xsrf|jwt|signature|credential"
)
_SECRET_NAME = re.compile(_TELLING, re.IGNORECASE)
# The repetitions are bounded, so that no text of the site's makes them take long.
_NAMED_VALUE = re.compile(
    rf"""(?P<name>(?:{_TELLING})[\w.-]{{0,60}}["']?\s{{0,9}}[:=]\s{{0,9}})"""
    r"""(?P<value>"(?:[^"\\]|\\.)*"?|'[^']*'?|[^\s,;&<>"'{}\[\]]+)""",
    re.IGNORECASE,
)
_SCHEME_AND_TOKEN = re.compile(
    r"\b(?P<before>(?:Bearer|Basic|Negotiate|NTLM|DPoP)\s{1,9})(?=\S{0,400}[0-9A-Z=])[\w+/=.~-]{6,}"
)
_SCHEME_AND_FIELDS = re.compile(
    r"\b(?P<before>(?:Digest|Hawk|OAuth|AWS4-HMAC-SHA256|UsernameToken)\s{1,9})\w{1,40}=[^\n<>]*"
)
_HEADER_LINE = re.compile(
    r"\b(?P<before>(?:authorization|cookie)[\"']?\s{0,9}[:=]\s{0,9}[\"']?)[^\"'\r\n<>]+",
    re.IGNORECASE,
)
_JWT = re.compile(r"\beyJ[\w-]{5,}\.[\w-]+\.?[\w-]*")
_ENCODED = re.compile(r"[A-Za-z0-9+/_-]{8,}={0,2}")


def is_secret_name(name: str) -> bool:
    """Tell whether what has this name is nothing to show: a header, a field, a parameter."""
    return bool(_SECRET_NAME.search(name))


def without_query(url: str) -> str:
    """Return an address without what sites hand over tokens in."""
    place, mark, _ = url.partition("?")
    return f"{place}?{MASK}" if mark else place


def secrets_of(credentials: Iterable["Credential"]) -> tuple[str, ...]:
    """Return what must not be seen of these credentials, tokens got with them included."""
    found: set[str] = set()
    for credential in credentials:
        found.update(_secret_fields(credential.settings))
        found.update(each for each in _texts(credential.memory) if len(each) >= _SHORTEST_TOKEN)
    return tuple(sorted((each for each in found if len(each) >= _SHORTEST), key=len, reverse=True))


def without(text: str, secrets: Sequence[str]) -> str:
    """Return a text without these secrets, however they are written."""
    for secret in secrets:
        for written in _spellings(secret):
            text = text.replace(written, MASK)
    return _ENCODED.sub(lambda match: _unless_hiding(match[0], secrets), text) if secrets else text


def masked(text: str, secrets: Sequence[str]) -> str:
    """Return a text of the site's without anything that may be secret."""
    text = without(text, secrets)
    for pattern in (_SCHEME_AND_FIELDS, _HEADER_LINE, _SCHEME_AND_TOKEN):
        text = pattern.sub(lambda match: match["before"] + MASK, text)
    text = _JWT.sub(MASK, text)
    return _NAMED_VALUE.sub(lambda match: match["name"] + _blotted(match["value"]), text)


def masked_headers(
    headers: Iterable[tuple[str, str]], secrets: Sequence[str]
) -> list[tuple[str, str]]:
    return [
        (name, MASK if is_secret_name(name) else masked(value, secrets)) for name, value in headers
    ]


def cut_off(text: str, secrets: Sequence[str]) -> str:
    """Drop what may be the beginning of a secret from the end of a text that goes on."""
    for secret in secrets:
        for written in _spellings(secret):
            for length in range(min(len(written) - 1, len(text)), 2, -1):
                if text.endswith(written[:length]):
                    return text[:-length]
    tail = _ENCODED_TAIL.search(text)
    return text[: tail.start()] if tail else text


_ENCODED_TAIL = re.compile(r"(?<![A-Za-z0-9+/_-])[A-Za-z0-9+/_-]{8,500}\Z")


def _blotted(value: str) -> str:
    if value in {"true", "false", "null", '""', "''"} or value.isdigit():
        return value
    return f"{value[0]}{MASK}{value[0]}" if value[0] in "\"'" else MASK


def _spellings(secret: str) -> list[str]:
    ways = (secret, quote(secret, safe=""), quote_plus(secret), json.dumps(secret)[1:-1])
    return list(dict.fromkeys(ways))


def _unless_hiding(run: str, secrets: Sequence[str]) -> str:
    """Return a run of base64, unless a secret is what it says."""
    try:
        padded = run.rstrip("=").replace("-", "+").replace("_", "/")
        plain = base64.b64decode(padded + "=" * (-len(padded) % 4)).decode("latin-1")
    except binascii.Error:
        return run
    hides = any(secret in plain or secret.encode().decode("latin-1") in plain for secret in secrets)
    return MASK if hides else run


def _secret_fields(value: object) -> Iterator[str]:
    """Give what a model declares to be secret, however deep."""
    if isinstance(value, SecretStr):
        yield value.get_secret_value()
    elif isinstance(value, SecretBytes):
        yield value.get_secret_value().decode("latin-1")
    else:
        for part in _parts(value):
            yield from _secret_fields(part)


def _texts(value: object) -> Iterator[str]:
    """Give every text: of what a scheme remembers, nothing tells which of it is secret."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, SecretStr | SecretBytes):
        yield from _secret_fields(value)
    else:
        for part in _parts(value):
            yield from _texts(part)


def _parts(value: object) -> Iterable[object]:
    if isinstance(value, Mapping):
        return value.values()
    if isinstance(value, list | tuple | set | frozenset):
        return value
    if isinstance(value, BaseModel):
        return [getattr(value, name) for name in type(value).model_fields]
    if is_dataclass(value):
        return [getattr(value, each.name) for each in fields(value)]
    return ()
