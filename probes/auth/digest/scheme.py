"""The scheme `digest`: answers the challenge of the server without the password (RFC 7616).

This implementation is our own, because every library that was tried fails at a part of the RFC.
Most fail at SHA-512-256 and at names that are not ASCII. A nonce is reused by later checks until
the server refuses it.
"""

import hashlib
import secrets
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any

from pydantic import field_validator

from probes.auth.base import Credential, Exchange, SchemeSettings, Send, settings_of
from probes.auth.digest.challenge import Challenge, strongest
from probes.auth.fields import Secret, Text
from probes.auth.request_bytes import target, with_header
from probes.exchange import Request, Response

_MOST_SITES = 100
_MOST_ANSWERS = 2


class DigestSettings(SchemeSettings):
    username: Text
    password: Secret

    @field_validator("username")
    @classmethod
    def _has_no_colon(cls, username: str) -> str:
        if ":" in username:
            raise ValueError("Must not contain a colon, which Digest cannot encode.")
        return username


@dataclass(slots=True)
class _Nonce:
    """An answered challenge, and the number of answers."""

    challenge: Challenge
    count: int = 0


def exchange(credential: Credential, request: Request, send: Send) -> Exchange:
    settings = settings_of(credential, DigestSettings)
    request = replace(request, keep_headers=True)
    origin = request.url.origin
    known = _known(credential.memory)
    first = _answer(known[origin], settings, request) if origin in known else request
    response = yield from send(first)
    for answers in range(_MOST_ANSWERS):
        if not _is_challenged(response):
            break
        challenge = strongest(response.headers)
        if challenge is None or (answers and not challenge.is_stale):
            break
        known[origin] = _Nonce(challenge)
        response = yield from send(_answer(known[origin], settings, request))
    if _is_challenged(response):
        known.pop(origin, None)
    return response


def _known(memory: dict[str, Any]) -> dict[object, _Nonce]:
    known: dict[object, _Nonce] = memory.setdefault("nonces", {})
    if len(known) >= _MOST_SITES:
        known.clear()
    return known


def _is_challenged(response: Response) -> bool:
    return response.status == HTTPStatus.UNAUTHORIZED and not response.failure


def _answer(nonce: _Nonce, settings: DigestSettings, request: Request) -> Request:
    nonce.count += 1
    value = authorization(
        nonce.challenge, settings, request, count=nonce.count, cnonce=secrets.token_hex(16)
    )
    return with_header(request, "Authorization", value)


def authorization(
    challenge: Challenge, settings: DigestSettings, request: Request, *, count: int, cnonce: str
) -> str:
    """Return the header that answers the challenge for the `count`-th time (RFC 7616 §3.4)."""
    name, realm = settings.username, challenge.realm
    uri, nc = target(request), f"{count:08x}"

    def hashed(*parts: str | bytes) -> str:
        whole = b":".join(part.encode() if isinstance(part, str) else part for part in parts)
        return hashlib.new(challenge.hash_name, whole, usedforsecurity=False).hexdigest()

    ha1 = hashed(name, realm, settings.password.get_secret_value())
    if challenge.is_session:
        ha1 = hashed(ha1, challenge.nonce, cnonce)
    ha2 = hashed(request.method, uri)
    if challenge.qop == "auth-int":
        ha2 = hashed(request.method, uri, hashed(request.body or b""))
    protected = (nc, cnonce, challenge.qop) if challenge.qop else ()
    fields = {
        "username": _quoted(hashed(name, realm) if challenge.userhash else name),
        "realm": _quoted(realm),
        "nonce": _quoted(challenge.nonce),
        "uri": _quoted(uri),
        "response": _quoted(hashed(ha1, challenge.nonce, *protected, ha2)),
    }
    if protected:
        fields |= {"qop": challenge.qop, "nc": nc, "cnonce": _quoted(cnonce)}
    if challenge.algorithm is not None:
        fields["algorithm"] = challenge.algorithm
    if challenge.opaque is not None:
        fields["opaque"] = _quoted(challenge.opaque)
    if challenge.userhash:
        fields["userhash"] = "true"
    return "Digest " + ", ".join(f"{field}={value}" for field, value in fields.items())


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
