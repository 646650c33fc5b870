"""The scheme `hmac`: a signature of the request with a shared key, by a template of the user.

A template has fixed placeholders and is filled in one pass. Nothing in it is evaluated, and
inserted values are not expanded again.
"""

import hashlib
import hmac
import re
import secrets
from base64 import b64decode, b64encode, urlsafe_b64encode
from binascii import Error as Base64Error
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from probes.auth.base import Credential, Exchange, SchemeSettings, Send, settings_of
from probes.auth.fields import HeaderName, Key, Word
from probes.auth.request_bytes import host, path_and_query, target, with_header
from probes.exchange import Request
from probes.http_headers import checked_value

_PLACEHOLDER = re.compile(r"\{([a-z0-9_]+)\}")
_MOST_PLACEHOLDERS = 50
_OF_THE_REQUEST = frozenset(
    {"method", "scheme", "host", "path", "query", "target", "url", "timestamp", "nonce", "key_id"}
    | {"body", "body_sha256", "body_sha512"}
)
_OF_THE_HEADER = frozenset({"signature", "timestamp", "nonce", "key_id"})


def _template(text: str, known: frozenset[str]) -> str:
    rest = _PLACEHOLDER.sub("", text)
    unknown = [each for each in _PLACEHOLDER.findall(text) if each not in known]
    if unknown or "{" in rest or "}" in rest:
        raise ValueError(f"Placeholders are {', '.join(f'{{{each}}}' for each in sorted(known))}.")
    return text


def _message(text: str) -> str:
    if re.search(r"[\x00-\x08\x0b-\x1f\x7f]", text):
        raise ValueError("May contain line feeds and tabs, but no other control characters.")
    if text.count("{body}") > 1 or len(_PLACEHOLDER.findall(text)) > _MOST_PLACEHOLDERS:
        raise ValueError(
            f"May contain {{body}} once, and at most {_MOST_PLACEHOLDERS} placeholders in total."
        )
    return _template(text, _OF_THE_REQUEST)


def _value(text: str) -> str:
    checked_value("X", text)
    if "{signature}" not in text:
        raise ValueError("Must contain {signature}.")
    return _template(text, _OF_THE_HEADER)


class HmacSettings(SchemeSettings):
    """A signature with a shared key.

    `message` is the template of the signed text, and `value` is the template of the header.
    """

    key: Key
    key_encoding: Literal["text", "hex", "base64"] = "text"
    key_id: Word | Literal[""] = ""
    algorithm: Literal["sha256", "sha512"] = "sha256"
    message: Annotated[str, Field(min_length=1, max_length=2000), AfterValidator(_message)] = (
        "{method}\n{path}\n{query}\n{timestamp}\n{body_sha256}"
    )
    encoding: Literal["hex", "base64", "base64url"] = "hex"
    header: HeaderName = "X-Signature"
    value: Annotated[str, Field(max_length=500), AfterValidator(_value)] = "{signature}"
    timestamp: Literal["unix", "unix_ms", "iso8601"] = "unix"
    timestamp_header: HeaderName | None = None
    nonce_header: HeaderName | None = None

    @model_validator(mode="after")
    def _key_is_readable(self) -> "HmacSettings":
        _key(self)
        return self


def exchange(credential: Credential, request: Request, send: Send) -> Exchange:
    settings = settings_of(credential, HmacSettings)
    signed_request = signed(settings, request, now=datetime.now(UTC), nonce=secrets.token_hex(16))
    return (yield from send(signed_request))


def signed(settings: HmacSettings, request: Request, *, now: datetime, nonce: str) -> Request:
    values = _values(settings, request, now=now, nonce=nonce)
    message = _filled(settings.message, values)
    digest = hmac.new(_key(settings), message, settings.algorithm).digest()
    values["signature"] = _encoded(digest, settings.encoding)
    request = with_header(request, settings.header, _filled(settings.value, values).decode())
    if settings.timestamp_header:
        request = with_header(request, settings.timestamp_header, values["timestamp"].decode())
    if settings.nonce_header:
        request = with_header(request, settings.nonce_header, nonce)
    return request


def _values(
    settings: HmacSettings, request: Request, *, now: datetime, nonce: str
) -> dict[str, bytes]:
    body = request.body or b""
    path, query = path_and_query(request)
    texts = {
        "method": request.method,
        "scheme": request.url.scheme,
        "host": host(request),
        "path": path,
        "query": query,
        "target": target(request),
        "url": request.url.text,
        "timestamp": _written(now, settings.timestamp),
        "nonce": nonce,
        "key_id": settings.key_id,
        "body_sha256": hashlib.sha256(body).hexdigest(),
        "body_sha512": hashlib.sha512(body).hexdigest(),
    }
    return {name: text.encode() for name, text in texts.items()} | {"body": body}


def _filled(template: str, values: Mapping[str, bytes]) -> bytes:
    # Splitting by a pattern with one group yields text and placeholders alternately.
    parts = _PLACEHOLDER.split(template)
    return b"".join(
        values[part] if index % 2 else part.encode() for index, part in enumerate(parts)
    )


def _written(now: datetime, how: Literal["unix", "unix_ms", "iso8601"]) -> str:
    match how:
        case "unix":
            return str(int(now.timestamp()))
        case "unix_ms":
            return str(int(now.timestamp() * 1000))
        case "iso8601":
            return f"{now:%Y-%m-%dT%H:%M:%SZ}"


def _encoded(digest: bytes, how: Literal["hex", "base64", "base64url"]) -> bytes:
    match how:
        case "hex":
            return digest.hex().encode()
        case "base64":
            return b64encode(digest)
        case "base64url":
            return urlsafe_b64encode(digest).rstrip(b"=")


def _key(settings: HmacSettings) -> bytes:
    text = settings.key.get_secret_value()
    try:
        match settings.key_encoding:
            case "text":
                return text.encode()
            case "hex":
                return bytes.fromhex(text)
            case "base64":
                return b64decode(text, validate=True)
    except (ValueError, Base64Error):
        raise ValueError(f"The key is not {settings.key_encoding}.") from None
