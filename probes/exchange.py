"""What a probe asks of the engine and what it hears: one request, one response, no library's types.

A probe is a generator: it yields a `Request`, is sent the `Response`, and returns the verdict.
"""

from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Literal

from domain.outcome import Cause, Outcome
from probes.base import ProbeResult, Timings
from probes.urls import Url

BODY_CAP = 1024 * 1024
HEADER_CAP = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientIdentity:
    """A client certificate with its key: PEM both, or a PKCS#12 file with its password."""

    certificate: bytes
    key: bytes | None
    password: str | None
    kind: Literal["PEM", "P12"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Proxy:
    """A proxy that carries the request; `url` has a scheme, host and port and no user."""

    url: str
    username: str | None
    password: str | None
    digest: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request. `keep_body` asks for the body of the response, up to `BODY_CAP` decoded bytes.

    `authorities` are the PEM certificates to trust instead of the usual ones. Requests of one check
    with the same `connection` share one connection, which schemes that authorize a connection need.
    """

    url: Url
    method: str = "GET"
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes | None = None
    verify_tls: bool = True
    keep_body: bool = False
    keep_headers: bool = False
    client: "ClientIdentity | None" = field(default=None, repr=False)
    authorities: bytes | None = None
    proxy: "Proxy | None" = field(default=None, repr=False)
    http_version: Literal["", "1.1", "2", "3"] = ""
    ip_version: Literal["", "4", "6"] = ""
    connection: object | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """Why there was no complete response."""

    outcome: Outcome
    cause: Cause
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """What came of one request. `location` is the absolute address that a redirect leads to."""

    trouble: Trouble | None = None
    status: int = 0
    location: str = ""
    content_type: str = ""
    body: bytes = b""
    truncated: bool = False
    header_bytes: int = 0
    headers: tuple[tuple[str, str], ...] = ()
    http_version: str = ""
    tls_version: str = ""
    certificate_days_left: float | None = None
    timings: Timings = field(default_factory=Timings)


Conversation = Generator[Request, Response, ProbeResult]
