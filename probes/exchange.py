"""What a probe asks of the engine and what it hears: one request, one response, no library's types.

A probe is a generator: it yields a `Request`, is sent the `Response`, and returns the verdict.
"""

from collections.abc import Generator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from domain.expiry import Expiry
from probes.base import NO_TIME, ProbeResult, Timings
from probes.failures import Failure
from probes.urls import Url, parse_url

if TYPE_CHECKING:
    from probes.network.network import AsyncProbe

BODY_CAP = 1024 * 1024
HEADER_CAP = 64 * 1024
EVIDENCE_CAP = 2 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientIdentity:
    """A client certificate with its key: PEM both, without a password, so that libcurl derives nothing."""

    certificate: bytes
    key: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Proxy:
    """A proxy that carries the request.

    `url` has a scheme (`http`, `https` or `socks5h`), a host and a port, and no user.
    """

    url: str
    username: str | None
    password: str | None
    digest: bool = False

    @property
    def place(self) -> Url:
        """Return where the proxy listens."""
        return parse_url(f"http://{self.url.partition('://')[2]}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request. `keep_body` asks for the body of the response, up to `BODY_CAP` decoded bytes.

    `authorities` are the PEM certificates to trust instead of the usual ones. Requests of one check
    with the same `connection` share one connection, which schemes that authorize a connection need.
    `note_expiry` asks for when the certificate runs out.
    `keep_evidence` asks for the head as it came and the beginning of the body, which costs little.
    `keep_tls` asks for the version of TLS and the days that are left to the certificate.
    `offer_every_group` concerns TLS (`probes/curl/key_exchange.py`).
    `side_task` is done instead of sending anything: `method` and `url` then only say what it is.
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
    client: "ClientIdentity | None" = field(default=None, repr=False)
    authorities: bytes | None = None
    proxy: "Proxy | None" = field(default=None, repr=False)
    http_version: Literal["", "1.1", "2", "3"] = ""
    ip_version: Literal["", "4", "6"] = ""
    connection: object | None = None
    offer_every_group: bool = False
    side_task: "AsyncProbe | None" = field(default=None, repr=False)

    @property
    def near(self) -> Url:
        """Return what a connection is opened to: the proxy, if there is one."""
        return self.proxy.place if self.proxy else self.url


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """What came of one request. `location` is the absolute address that a redirect leads to.

    `body` is what was asked to be kept of the `body_bytes` that came. `address` is what was connected
    to, if anything was. `handshake_failed` says that the two sides did not agree on how to speak TLS.
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
    head: bytes = field(default=b"", repr=False)
    header_bytes: int = 0
    headers: tuple[tuple[str, str], ...] = ()
    http_version: str = ""
    tls_version: str = ""
    certificate_days_left: float | None = None
    expiry: Expiry | None = None
    timings: Timings = NO_TIME


Conversation = Generator[Request, Response, ProbeResult]
