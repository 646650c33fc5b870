"""Keeps secrets out of the logs: values whose key marks them as secret, and secrets in URLs."""

import re
from collections.abc import Mapping

from structlog.typing import EventDict, WrappedLogger

MASK = "***"

_SECRET_KEY = re.compile(
    r"(proxy-)?authorization|(set-)?cookie|x-api-key"
    r"|.*(password|passwd|passphrase|secret|token|assertion|private_?key|api_?key|signature|otp|session).*",
    re.IGNORECASE | re.DOTALL,
)
_IN_TEXT = (
    # User and password before the host of a URL.
    (re.compile(r"(\b[a-z][a-z0-9+.-]{0,20}://)[^\s/?#@\"']*@", re.IGNORECASE), rf"\1{MASK}@"),
    (re.compile(r"((?:proxy-)?authorization\"?'?\s*[:=]\s*)[^\r\n]+", re.IGNORECASE), rf"\1{MASK}"),
    (
        re.compile(
            r"([?&;][^=&?;\s]{0,64}(?:password|secret|token|key|signature|session)[^=&?;\s]{0,64}=)[^&#\s\"']+",
            re.IGNORECASE,
        ),
        rf"\1{MASK}",
    ),
)


def redact(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Serve as a processor of structlog, after exceptions have become text."""
    return {key: _masked(key, value) for key, value in event.items()}


def _masked(key: str, value: object) -> object:
    if _SECRET_KEY.fullmatch(key):
        return MASK
    if isinstance(value, str):
        return redacted(value)
    if isinstance(value, Mapping):
        return {name: _masked(str(name), inner) for name, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_masked("", inner) for inner in value]
    if value is None or isinstance(value, bool | int | float):
        return value
    # A renderer would write the repr of other values, without these rules.
    return redacted(repr(value))


def redacted(text: str) -> str:
    """Mask the secrets inside of a sentence."""
    for pattern, mask in _IN_TEXT:
        text = pattern.sub(mask, text)
    return text
