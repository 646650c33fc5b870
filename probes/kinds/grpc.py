"""The kind `grpc`: asks a gRPC server for its health, by the standard health checking protocol.

The call is one HTTP/2 request, made by libcurl, so credentials, certificates and the egress guard are
those of `http`. The two messages of the protocol have one field each, and are written here
(docs/development/adr/0032-what-stays-by-hand.md).
"""

from collections.abc import Mapping
from dataclasses import replace
from http import HTTPStatus
from typing import ClassVar
from urllib.parse import unquote_to_bytes

from pydantic import Field, StrictBool, field_validator

from domain.evaluation.outcome import Cause
from probes.async_probe import (
    UP,
    AsyncProbeSettings,
    Failed,
    failed,
    quoted,
    result_of,
    settings_of,
    with_latency,
)
from probes.auth.authorized_request import AuthorizedRequest
from probes.auth.base import AuthorizationError
from probes.base import Example, Target
from probes.endpoints import parse_endpoint
from probes.evidence import with_evidence
from probes.exchange import Conversation, Request, Response
from probes.kinds.http_verdict import not_authorized, phrase
from probes.urls import Url, parse_url

PORTS: dict[str, int | None] = {"grpc": None, "grpcs": 443}
SCHEMES = frozenset(
    {
        "azure",
        "basic",
        "bearer",
        "ca_bundle",
        "client_certificate",
        "gcp_service_account",
        "headers",
        "jwt",
        "oauth2",
    }
)
"""Those that add to the metadata of a call, or shape its connection."""
_WEB_SCHEMES = {"grpc": "http", "grpcs": "https"}
_METHOD = "/grpc.health.v1.Health/Check"
_LONGEST_SERVICE = 200
_PREFIX_BYTES = 5
_SERVING = 1
_STATUSES = {0: "UNKNOWN", _SERVING: "SERVING", 2: "NOT_SERVING", 3: "SERVICE_UNKNOWN"}
_OK, _NOT_FOUND, _UNIMPLEMENTED = "0", "5", "12"
_REFUSED_LOGIN = {"7": "PERMISSION_DENIED", "16": "UNAUTHENTICATED"}
_OTHER_CODES = {
    "1": "CANCELLED",
    "2": "UNKNOWN",
    "3": "INVALID_ARGUMENT",
    "4": "DEADLINE_EXCEEDED",
    "6": "ALREADY_EXISTS",
    "8": "RESOURCE_EXHAUSTED",
    "9": "FAILED_PRECONDITION",
    "10": "ABORTED",
    "11": "OUT_OF_RANGE",
    "13": "INTERNAL",
    "14": "UNAVAILABLE",
    "15": "DATA_LOSS",
}
_REFUSED_BY_HTTP = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})


class GrpcSettings(AsyncProbeSettings):
    """The service whose health the server is asked for."""

    example: ClassVar[Example] = Example(
        "grpcs://orders.example.com:443", {"service": "shop.v1.Orders"}
    )

    service: str = Field(
        default="",
        max_length=_LONGEST_SERVICE,
        description=(
            "The full name of the service, such as `shop.v1.Orders`. If empty, the health of the"
            " whole server is requested."
        ),
    )
    verify_tls: StrictBool = True
    allow_plaintext_credentials: StrictBool = Field(
        default=False,
        description=(
            "Whether to send credentials without TLS as well,"
            " where anyone on the network path can read them."
        ),
    )

    @field_validator("service")
    @classmethod
    def _check_service(cls, service: str) -> str:
        if not service.isprintable():
            raise ValueError("Must not contain line breaks or control characters.")
        return service


def validate_url(text: str) -> str:
    return parse_endpoint(text, PORTS).text


def web_url(text: str) -> Url:
    """Return the web address of a server, to which the call is an HTTP/2 request."""
    url = parse_endpoint(text, PORTS)
    host = f"[{url.host}]" if ":" in url.host else url.host
    return parse_url(f"{_WEB_SCHEMES[url.scheme]}://{host}:{url.port}{_METHOD}")


def probe(target: Target) -> Conversation:
    """Call `Health/Check`, and judge the answer."""
    settings = settings_of(target, GrpcSettings)
    request = _call(target, settings)
    asking = AuthorizedRequest(
        target.credentials,
        request.url,
        plaintext_allowed=settings.allow_plaintext_credentials,
        origin=parse_endpoint(target.url, PORTS).text,
    )
    try:
        response = yield from asking.ask(request)
    except AuthorizationError as error:
        return with_evidence(not_authorized(error, asking.spent), None, target)
    try:
        _judge(response, settings.service)
        result = UP
    except Failed as failure:
        result = result_of(failure.failure)
    result = replace(
        result, http_status=response.status, timings=asking.spent, expiry=response.expiry
    )
    return with_evidence(with_latency(result, target), response, target)


def _call(target: Target, settings: GrpcSettings) -> Request:
    message = _string_field(settings.service.encode())
    return Request(
        url=web_url(target.url),
        method="POST",
        headers=(
            ("Content-Type", "application/grpc"),
            ("TE", "trailers"),  # codespell:ignore te
            ("grpc-timeout", f"{round(target.timeout_seconds * 1000)}m"),
        ),
        body=b"\0" + len(message).to_bytes(4) + message,
        verify_tls=settings.verify_tls,
        keep_body=True,
        keep_headers=True,
        note_expiry=target.note_expiry,
        http_version="2",
        ip_version=settings.ip_version,
    )


def _judge(response: Response, service: str) -> None:
    """Raise `Failed` unless the server answered that the service is serving."""
    if response.failure:
        raise Failed(response.failure)
    if response.status in _REFUSED_BY_HTTP:
        raise failed(
            Cause.AUTHORIZATION, f"The server refused the call: {phrase(response.status)}."
        )
    if response.status != HTTPStatus.OK:
        raise failed(Cause.STATUS, f"Answered {phrase(response.status)}, expected 200.")
    headers = {name.lower(): value for name, value in response.headers}
    kind = headers.get("content-type", "")
    if not kind.startswith("application/grpc"):
        raise failed(Cause.PROTOCOL, f"The answer is not gRPC: {quoted(kind.encode())}")
    if response.truncated:
        raise _not_a_message()
    _judge_code(headers, service)
    status = _status(_message(response.body))
    if status != _SERVING:
        name = _STATUSES.get(status, str(status))
        raise failed(Cause.ANSWER, f"The server reports {name}, expected SERVING.")


def _judge_code(headers: Mapping[str, str], service: str) -> None:
    """Judge the status of the call, which is a header without a body, or else a trailer."""
    code = headers.get("grpc-status", "")
    if code == _OK:
        return
    if code == _NOT_FOUND and service:
        raise failed(Cause.ANSWER, f"The server knows no health of the service {service}.")
    if code == _UNIMPLEMENTED:
        raise failed(Cause.ANSWER, "The server does not offer the gRPC health service.")
    if code in _REFUSED_LOGIN:
        said = _with_message(_REFUSED_LOGIN[code], headers)
        raise failed(Cause.AUTHORIZATION, f"The server refused the call: {said}")
    if not code:
        raise failed(Cause.PROTOCOL, "The answer ends without a gRPC status.")
    said = _with_message(_OTHER_CODES.get(code, code), headers)
    raise failed(Cause.ANSWER, f"The server refused: {said}")


def _with_message(name: str, headers: Mapping[str, str]) -> str:
    """Return the name of a status, and what the server says of it, if anything."""
    said = unquote_to_bytes(headers.get("grpc-message", ""))
    return quoted(name.encode() + (b": " + said if said else b""))


def _message(body: bytes) -> bytes:
    """Return the message of the answer, which is the only one and not compressed."""
    size = int.from_bytes(body[1:_PREFIX_BYTES])
    if len(body) != _PREFIX_BYTES + size or body[0]:
        raise _not_a_message()
    return body[_PREFIX_BYTES:]


def _not_a_message() -> Failed:
    return failed(Cause.PROTOCOL, "The answer is not a valid gRPC message.")


def _string_field(text: bytes) -> bytes:
    """Encode a message whose field 1 is this text; an empty one is left out."""
    return b"\x0a" + _varint(len(text)) + text if text else b""


def _varint(number: int) -> bytes:
    encoded = bytearray()
    while number > 0x7F:  # noqa: PLR2004 - seven bits in each byte
        encoded.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes((*encoded, number))


def _status(message: bytes) -> int:
    """Decode a message whose field 1 is a status; a field that is left out is 0."""
    if not message:
        return 0
    if len(message) != 2 or message[0] != 0x08:  # noqa: PLR2004 - tag and value
        raise _not_a_message()
    return message[1]
