"""The interface between a probe and the engine: requests and responses, without library types.

A probe is a generator: it yields a `Request`, receives the `Response`, and returns the result.
"""

from collections.abc import Generator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from domain.expiry import Expiry
from probes.base import NO_TIME, ProbeResult, Timings
from probes.credential import ClientIdentity
from probes.failures import Failure
from probes.urls import Url, parse_url

if TYPE_CHECKING:
    from probes.network.network import AsyncProbe

BODY_CAP = 1024 * 1024
HEADER_CAP = 64 * 1024
EVIDENCE_CAP = 2 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Proxy:
    """A proxy that forwards the request.

    `url` has a scheme (`http`, `https` or `socks5h`), a host and a port, and no user.
    """

    url: str
    username: str | None
    password: str | None
    digest: bool = False

    @property
    def place(self) -> Url:
        """The host and port of the proxy."""
        return parse_url(f"http://{self.url.partition('://')[2]}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request. `keep_body` requests the body of the response, up to `BODY_CAP` decoded bytes.

    `authorities` are the PEM certificates to trust instead of the usual ones. Requests of one check
    with the same `connection` share a connection, which schemes that authorize a connection need.
    `note_expiry` requests the expiry of the certificate. `keep_evidence` requests the raw head and
    the beginning of the body, at a small cost. `keep_tls` requests the TLS version and the days
    left of the certificate. `offer_every_group` concerns TLS (`probes/curl/key_exchange.py`).
    `side_task` runs instead of the request; `method` and `url` then only describe it. `step` is the
    number of the step of a multistep check that the request belongs to, from 1 on, or 0.
    """

    url: Url
    method: str = "GET"
    headers: tuple[tuple[str, str], ...] = field(repr=False, default=())
    body: bytes | None = field(repr=False, default=None)
    verify_tls: bool = True
    keep_body: bool = False
    keep_headers: bool = False
    keep_tls: bool = False
    note_expiry: bool = False
    keep_evidence: bool = False
    client: ClientIdentity | None = field(default=None, repr=False)
    authorities: bytes | None = None
    proxy: "Proxy | None" = field(default=None, repr=False)
    http_version: Literal["", "1.1", "2", "3"] = ""
    ip_version: Literal["", "4", "6"] = ""
    connection: object | None = None
    offer_every_group: bool = False
    side_task: "AsyncProbe | None" = field(default=None, repr=False)
    step: int = 0

    @property
    def near(self) -> Url:
        """The target of the connection: the proxy, if there is one."""
        return self.proxy.place if self.proxy else self.url


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """The response to one request. `location` is the absolute URL of a redirect.

    `body` is the requested part of the `body_bytes` received. `undecoded` means that no body was
    received, because its `Content-Encoding` is unknown. `address` is the address connected
    to, if any. `handshake_failed` means that the TLS handshake failed.
    """

    failure: Failure | None = None
    handshake_failed: bool = False
    address: str = ""
    status: int = 0
    location: str = ""
    content_type: str = ""
    body: bytes = b""
    body_bytes: int = 0
    truncated: bool = False
    undecoded: bool = False
    head: bytes = field(default=b"", repr=False)
    header_bytes: int = 0
    headers: tuple[tuple[str, str], ...] = ()
    http_version: str = ""
    tls_version: str = ""
    certificate_days_left: float | None = None
    expiry: Expiry | None = None
    timings: Timings = NO_TIME


Conversation = Generator[Request, Response, ProbeResult]
