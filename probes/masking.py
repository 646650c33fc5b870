"""Masks secrets in what a site sent, before anybody sees it.

Sites echo requests and issue tokens. So three things are masked: values whose name marks them as
secret, text that looks like authorization, and the target's own credentials in any encoding. A user
chooses both the secrets and the site, so the work is bounded. The encodings of each secret are
computed once per check, and a text that needs too many attempts is dropped.
"""

import base64
import binascii
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING

from pydantic import BaseModel, SecretBytes, SecretStr

from probes.spellings import spellings

if TYPE_CHECKING:
    from probes.credential import Credential

MASK = "•••"
_SHORTEST = 4
"""A shorter value would mask ordinary words, and is no real secret."""
_SHORTEST_TOKEN = 8
"""The memory of a scheme also contains words such as `Bearer`."""
_MOST_CHARACTERS = 128 * 1024
"""The most characters of all secrets together. Beyond that, nothing is shown."""
_MOST_TRIES = 2000
"""The most positions at which a truncated secret is looked for."""
_LONGEST_VALUE = 4096
"""The most characters of a header value that are examined."""

_REVEALING = (
    r"authoriz|authentication|cookie|token|secret|passw|pwd|api[-_]?key|access[-_]?key|private"
    r"|session|csrf|xsrf|jwt|signature|credential"
)
_SECRET_NAME = re.compile(_REVEALING, re.IGNORECASE)
# The repetitions are bounded, so no text of the site makes them slow.
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
    """Return whether the name of a header, field or parameter marks its value as secret."""
    return bool(_SECRET_NAME.search(name))


def without_query(url: str) -> str:
    """Return a URL with its query masked, because sites put tokens there."""
    place, mark, _ = url.partition("?")
    return f"{place}?{MASK}" if mark else place


class Secrets(tuple[str, ...]):  # noqa: SLOT001 - it keeps what it found out once
    """The secrets of one check, longest first, with their encodings computed once."""

    @cached_property
    def are_too_many(self) -> bool:
        return sum(map(len, self)) > _MOST_CHARACTERS

    @cached_property
    def spellings(self) -> list[str]:
        return list(dict.fromkeys(written for secret in self for written in spellings(secret)))


def secrets_of(credentials: Iterable["Credential"], others: Iterable[str] = ()) -> Secrets:
    """Return the secrets of these credentials, including the tokens obtained with them, and others."""
    found: set[str] = set(others)
    for credential in credentials:
        found.update(_secret_fields(credential.settings))
        found.update(each for each in _texts(credential.memory) if len(each) >= _SHORTEST_TOKEN)
    return Secrets(
        sorted((each for each in found if len(each) >= _SHORTEST), key=len, reverse=True)
    )


def without(text: str, secrets: Sequence[str]) -> str:
    """Mask these secrets in a text, however they are encoded."""
    if not secrets or not text:
        return text
    known = _known(secrets)
    if known.are_too_many:
        return MASK
    for written in known.spellings:
        text = text.replace(written, MASK)
    return _without_encoded(text, known)


def masked(text: str, secrets: Sequence[str]) -> str:
    """Mask everything in a site's text that may be secret."""
    text = without(text, secrets)
    for pattern in (_SCHEME_AND_FIELDS, _HEADER_LINE, _SCHEME_AND_TOKEN):
        text = pattern.sub(lambda match: match["before"] + MASK, text)
    text = _JWT.sub(MASK, text)
    return _NAMED_VALUE.sub(lambda match: match["name"] + _blotted(match["value"]), text)


def masked_headers(
    headers: Iterable[tuple[str, str]], secrets: Sequence[str], *, most: int
) -> Iterator[tuple[str, str]]:
    """Yield the first headers, masked one by one on demand."""
    known = _known(secrets)
    for name, value in islice(headers, most):
        yield name, MASK if is_secret_name(name) else _masked_value(value, known)


def _masked_value(value: str, secrets: Secrets) -> str:
    start = masked(value[:_LONGEST_VALUE], secrets)
    return start if len(value) <= _LONGEST_VALUE else f"{cut_off(start, secrets)}…"


def cut_off(text: str, secrets: Sequence[str]) -> str:
    """Remove what may be the beginning of a secret from the end of a truncated text."""
    known = _known(secrets)
    if known.are_too_many:
        return ""
    length = _length_cut(text, known)
    if length is None:
        return ""
    if length:
        return text[:-length]
    tail = _ENCODED_TAIL.search(text)
    return text[: tail.start()] if tail else text


def without_in_sentence(text: str, secrets: Sequence[str]) -> str:
    """Mask secrets in a sentence, also those that its quotations cut off with an ellipsis."""
    text = without(text, secrets)
    known = _known(secrets)
    if not known or known.are_too_many or _ELLIPSIS not in text:
        return text
    *cut, last = text.split(_ELLIPSIS)
    return _ELLIPSIS.join([*(_without_beginning(each, known) for each in cut), last])


def _without_beginning(text: str, secrets: Secrets) -> str:
    """Mask the beginning of a secret at the end of a text, plain or in base64."""
    length = _length_cut(text, secrets)
    if length is None:
        return MASK
    if length:
        return text[:-length] + MASK
    tail = _ENCODED_TAIL.search(text)
    if tail and _length_cut(_decoded(tail[0][: len(tail[0]) // 4 * 4]), secrets) != 0:
        return text[: tail.start()] + MASK
    return text


def _length_cut(text: str, secrets: Secrets) -> int | None:
    """Return how much of the end of a text is the beginning of a secret; None if it took too long."""
    tries = _MOST_TRIES
    for written in secrets.spellings:
        for length in _lengths_cut(text, written):
            tries -= 1
            if tries < 0:
                return None
            if text.endswith(written[:length]):
                return length
    return 0


def _lengths_cut(text: str, written: str) -> Iterator[int]:
    """Yield the lengths of a secret's beginning that may end the text, longest first.

    Its last characters have to match.
    """
    last = text[-_SHORTEST_CUT:]
    length = min(len(written) - 1, len(text))
    while len(last) == _SHORTEST_CUT and (at := written.rfind(last, 0, length)) >= 0:
        yield at + _SHORTEST_CUT
        length = at + _SHORTEST_CUT - 1


def _known(secrets: Sequence[str]) -> Secrets:
    return secrets if isinstance(secrets, Secrets) else Secrets(secrets)


_SHORTEST_CUT = 3
_ELLIPSIS = "…"
_ENCODED_TAIL = re.compile(r"(?<![A-Za-z0-9+/_-])[A-Za-z0-9+/_-]{8,500}\Z")


def _blotted(value: str) -> str:
    if value in {"true", "false", "null", '""', "''"} or value.isdigit():
        return value
    return f"{value[0]}{MASK}{value[0]}" if value[0] in "\"'" else MASK


def _without_encoded(text: str, secrets: Secrets) -> str:
    """Mask each run of base64 that decodes to a secret.

    Only the secrets that occur in any run are looked for in each.
    """
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
    """Return the decoded text of a run of base64, or an empty text if it is none."""
    try:
        padded = run.rstrip("=").replace("-", "+").replace("_", "/")
        return base64.b64decode(padded + "=" * (-len(padded) % 4)).decode("latin-1")
    except binascii.Error:
        return ""


def _secret_fields(value: object) -> Iterator[str]:
    """Yield the declared secrets of a model at any depth."""
    if isinstance(value, SecretStr):
        yield value.get_secret_value()
    elif isinstance(value, SecretBytes):
        yield value.get_secret_value().decode("latin-1")
    else:
        for part in _parts(value):
            yield from _secret_fields(part)


def _texts(value: object) -> Iterator[str]:
    """Yield every text: nothing marks which texts in the memory of a scheme are secret."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, SecretStr | SecretBytes):
        yield from _secret_fields(value)
    else:
        for part in _parts(value):
            yield from _texts(part)


def _parts(value: object) -> Iterable[object]:
    if isinstance(value, Mapping):
        return tuple(value.values())  # Another thread may add to the memory of a credential.
    if isinstance(value, list | tuple | set | frozenset):
        return value
    if isinstance(value, BaseModel):
        return [getattr(value, name) for name in type(value).model_fields]
    if is_dataclass(value):
        return [getattr(value, each.name) for each in fields(value)]
    return ()
