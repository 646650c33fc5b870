"""Takes secrets out of what a site sent, before anybody gets to see it.

Sites echo what they were sent, and hand out tokens of their own. So three things are masked: values
whose name says that they are secret, what looks like authorization, and each secret of the
target's credentials wherever and however it is written.

A user chooses the secrets and the site, so what both come to is bounded: each secret is spelled once for a check,
and a text that would take too many tries is dropped.
"""

import base64
import binascii
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from functools import cached_property
from itertools import islice
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
_MOST_CHARACTERS = 128 * 1024
"""Of all secrets together. With more of them nothing is shown."""
_MOST_TRIES = 2000
"""Places at which a secret that was cut off is looked for."""
_LONGEST_VALUE = 4096
"""Characters of a header that are looked at."""

_REVEALING = (
    r"authoriz|authentication|cookie|token|secret|passw|pwd|api[-_]?key|access[-_]?key|private"
    r"|session|csrf|xsrf|jwt|signature|credential"
)
_SECRET_NAME = re.compile(_REVEALING, re.IGNORECASE)
# The repetitions are bounded, so that no text of the site's makes them take long.
_NAMED_VALUE = re.compile(
    rf"""(?P<name>(?:{_REVEALING})[\w.-]{{0,60}}["']?\s{{0,9}}[:=]\s{{0,9}})"""
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


class Secrets(tuple[str, ...]):  # noqa: SLOT001 - it keeps what it found out once
    """Secrets of one check, from the longest to the shortest, spelled once."""

    @cached_property
    def are_too_many(self) -> bool:
        return sum(map(len, self)) > _MOST_CHARACTERS

    @cached_property
    def spellings(self) -> list[str]:
        return list(dict.fromkeys(written for secret in self for written in _spellings(secret)))


def secrets_of(credentials: Iterable["Credential"]) -> Secrets:
    """Return what must not be seen of these credentials, tokens got with them included."""
    found: set[str] = set()
    for credential in credentials:
        found.update(_secret_fields(credential.settings))
        found.update(each for each in _texts(credential.memory) if len(each) >= _SHORTEST_TOKEN)
    return Secrets(
        sorted((each for each in found if len(each) >= _SHORTEST), key=len, reverse=True)
    )


def without(text: str, secrets: Sequence[str]) -> str:
    """Return a text without these secrets, however they are written."""
    if not secrets or not text:
        return text
    known = _known(secrets)
    if known.are_too_many:
        return MASK
    for written in known.spellings:
        text = text.replace(written, MASK)
    return _without_encoded(text, known)


def masked(text: str, secrets: Sequence[str]) -> str:
    """Return a text of the site's without anything that may be secret."""
    text = without(text, secrets)
    for pattern in (_SCHEME_AND_FIELDS, _HEADER_LINE, _SCHEME_AND_TOKEN):
        text = pattern.sub(lambda match: match["before"] + MASK, text)
    text = _JWT.sub(MASK, text)
    return _NAMED_VALUE.sub(lambda match: match["name"] + _blotted(match["value"]), text)


def masked_headers(
    headers: Iterable[tuple[str, str]], secrets: Sequence[str], *, most: int
) -> Iterator[tuple[str, str]]:
    """Give the first headers without anything that may be secret, one after the other as they are asked for."""
    known = _known(secrets)
    for name, value in islice(headers, most):
        yield name, MASK if is_secret_name(name) else _masked_value(value, known)


def _masked_value(value: str, secrets: Secrets) -> str:
    start = masked(value[:_LONGEST_VALUE], secrets)
    return start if len(value) <= _LONGEST_VALUE else f"{cut_off(start, secrets)}…"


def cut_off(text: str, secrets: Sequence[str]) -> str:
    """Drop what may be the beginning of a secret from the end of a text that goes on."""
    known = _known(secrets)
    if known.are_too_many:
        return ""
    tries = _MOST_TRIES
    for written in known.spellings:
        for length in _lengths_cut(text, written):
            tries -= 1
            if tries < 0:
                return ""
            if text.endswith(written[:length]):
                return text[:-length]
    tail = _ENCODED_TAIL.search(text)
    return text[: tail.start()] if tail else text


def _lengths_cut(text: str, written: str) -> Iterator[int]:
    """Give how much of a secret may stand at the end of a text, the most first: its last signs have to fit."""
    last = text[-_SHORTEST_CUT:]
    length = min(len(written) - 1, len(text))
    while len(last) == _SHORTEST_CUT and (at := written.rfind(last, 0, length)) >= 0:
        yield at + _SHORTEST_CUT
        length = at + _SHORTEST_CUT - 1


def _known(secrets: Sequence[str]) -> Secrets:
    return secrets if isinstance(secrets, Secrets) else Secrets(secrets)


_SHORTEST_CUT = 3
_ENCODED_TAIL = re.compile(r"(?<![A-Za-z0-9+/_-])[A-Za-z0-9+/_-]{8,500}\Z")


def _blotted(value: str) -> str:
    if value in {"true", "false", "null", '""', "''"} or value.isdigit():
        return value
    return f"{value[0]}{MASK}{value[0]}" if value[0] in "\"'" else MASK


def _spellings(secret: str) -> list[str]:
    ways = (secret, quote(secret, safe=""), quote_plus(secret), json.dumps(secret)[1:-1])
    return list(dict.fromkeys(ways))


def _without_encoded(text: str, secrets: Secrets) -> str:
    """Mask each run of base64 that says a secret; only those secrets are looked for that are in any run."""
    plain = "\n".join(_decoded(run) for run in _ENCODED.findall(text))
    forms = (form for secret in secrets for form in (secret, secret.encode().decode("latin-1")))
    hidden = [form for form in dict.fromkeys(forms) if form in plain]
    if not hidden:
        return text
    return _ENCODED.sub(lambda match: _unless_hiding(match[0], hidden), text)


def _unless_hiding(run: str, hidden: Sequence[str]) -> str:
    plain = _decoded(run)
    return MASK if any(form in plain for form in hidden) else run


def _decoded(run: str) -> str:
    """Return what a run of base64 says, nothing if it is none."""
    try:
        padded = run.rstrip("=").replace("-", "+").replace("_", "/")
        return base64.b64decode(padded + "=" * (-len(padded) % 4)).decode("latin-1")
    except binascii.Error:
        return ""


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
