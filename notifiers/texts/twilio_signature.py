"""Signatures of requests that a gateway sends as Twilio does: `X-Twilio-Signature`.

It is HMAC-SHA1 with the token of the account, over the URL and the sorted fields of the form
(https://www.twilio.com/docs/usage/security).
"""

import base64
import hmac
from collections.abc import Iterable, Iterator
from urllib.parse import urlsplit, urlunsplit

HEADER = "X-Twilio-Signature"
_PORTS = {"http": 80, "https": 443}
Fields = Iterable[tuple[str, str]]


def signature(url: str, fields: Fields, *, token: str) -> str:
    """Return the signature of a POST of these fields to a URL; of equal fields only one counts."""
    signed = url + "".join(f"{name}{value}" for name, value in sorted(set(fields)))
    return base64.b64encode(hmac.digest(token.encode(), signed.encode(), "sha1")).decode()


def is_signed(given: str, url: str, fields: Fields, *, token: str) -> bool:
    """Return whether the holder of the token signed these fields; without a token nobody did.

    The gateway may write the usual port of the URL, or leave it out.
    """
    known = list(fields)
    right = [signature(each, known, token=token) for each in _spellings(url)]
    return bool(token) and any(
        hmac.compare_digest(given.encode("utf-8", "surrogateescape"), each.encode())
        for each in right
    )


def _spellings(url: str) -> Iterator[str]:
    parts = urlsplit(url)
    yield url
    usual = _PORTS.get(parts.scheme)
    host = parts.netloc.removesuffix(f":{parts.port}") if parts.port else parts.netloc
    yield urlunsplit(parts._replace(netloc=host))
    yield urlunsplit(parts._replace(netloc=f"{host}:{parts.port or usual}"))
