"""What a probe asks of the engine and what it hears: one request, one response, no library's types.

A probe is a generator: it yields a `Request`, is sent the `Response`, and returns the verdict.
"""

from collections.abc import Generator
from dataclasses import dataclass, field

from domain.outcome import Cause, Outcome
from probes.base import ProbeResult, Timings
from probes.urls import Url

BODY_CAP = 1024 * 1024
HEADER_CAP = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request. `keep_body` asks for the body of the response, up to `BODY_CAP` decoded bytes."""

    url: Url
    method: str = "GET"
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes | None = None
    verify_tls: bool = True
    keep_body: bool = False


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
    timings: Timings = field(default_factory=Timings)


Conversation = Generator[Request, Response, ProbeResult]
