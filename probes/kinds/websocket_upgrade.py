"""The upgrade of a connection to a WebSocket, with the credentials of the monitor."""

import re
from dataclasses import dataclass

from wsproto import events
from wsproto.connection import ConnectionType
from wsproto.handshake import H11Handshake
from wsproto.utilities import RemoteProtocolError

from domain.evaluation.outcome import Cause
from probes.async_probe import Failed, failed, quoted
from probes.auth import request_bytes
from probes.auth.logins import refuse_plaintext
from probes.auth.registry import SCHEMES
from probes.auth.shaping import shaped
from probes.base import Target
from probes.exchange import Request
from probes.masking import MASK, without_query
from probes.network.stream import LONGEST_LINE, MOST_READ, Stream
from probes.urls import Url

_STATUS = re.compile(rb"HTTP/1\.[01] ([1-5][0-9]{2})(?: .*)?")
_UPGRADED = 101
_SHORTEST_LINE = 32
_LISTS = (b"accept", b"extensions", b"protocol")
_OF_UPGRADES = {b"connection", b"upgrade", *(b"sec-websocket-" + each for each in _LISTS)}
_WRONG_KEY = "Bad accept token"
_WRONG_SUBPROTOCOL = "unrecognized subprotocol"
_REFUSALS = {401: "401 Unauthorized", 403: "403 Forbidden"}
_WEB = {"ws": "http", "wss": "https"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """The request of an upgrade."""

    request: Request
    subprotocol: str
    authorized: bool
    """Whether it carries a credential."""


def opening_of(
    target: Target, url: Url, path: str, subprotocol: str, *, allow_plaintext: bool
) -> Opening:
    """Return the request of the upgrade with the credentials of the target, as for HTTP.

    Raise `Failed` if a credential would be sent without TLS and may not.
    """
    web, authority = _WEB[url.scheme], url.text.partition("://")[2]
    request = Request(url=Url(web, url.host, url.port, f"{web}://{authority}{path}"))
    held = [each for each in target.credentials if not SCHEMES[each.scheme].transport]
    if held:
        refuse_plaintext(encrypted=url.scheme == "wss", allowed=allow_plaintext)
    return Opening(request=shaped(request, held), subprotocol=subprotocol, authorized=bool(held))


async def upgrade(stream: Stream, opening: Opening) -> None:
    """Raise `Failed` unless the server upgrades the connection as RFC 6455 demands."""
    asked, subprotocol = opening.request, opening.subprotocol
    handshake = H11Handshake(ConnectionType.CLIENT)
    request = events.Request(
        host=request_bytes.host(asked),
        target=request_bytes.target(asked),
        subprotocols=[subprotocol] if subprotocol else [],
        extra_headers=[
            (b"User-Agent", b"DowntimeMonitor/0.1"),
            *((name.encode(), value.encode()) for name, value in asked.headers),
        ],
    )
    await stream.write(handshake.send(request), shown=_shown(asked))
    status_line = await stream.read_line()
    _judge_status(status_line, authorized=opening.authorized)
    headers = [name + b": " + value for name, value in (await _headers(stream)).items()]
    try:
        handshake.receive_data(b"\r\n".join([status_line, *headers, b"", b""]))
    except RemoteProtocolError as error:
        raise _not_upgraded(str(error)) from error
    except UnicodeDecodeError as error:
        raise _not_upgraded("A header is not ASCII") from error
    accepted = next(handshake.events())
    if subprotocol and getattr(accepted, "subprotocol", None) != subprotocol:
        raise _not_upgraded(_WRONG_SUBPROTOCOL)


def _judge_status(line: bytes, *, authorized: bool) -> None:
    match = _STATUS.fullmatch(line)
    if not match:
        raise failed(Cause.PROTOCOL, f"The answer is not HTTP: {quoted(line)}")
    status = int(match[1])
    if authorized and status in _REFUSALS:
        raise failed(Cause.AUTHORIZATION, f"The site refused the credential: {_REFUSALS[status]}.")
    if status != _UPGRADED:
        raise failed(Cause.STATUS, f"Answered {status}, expected 101 Switching Protocols.")


def _shown(request: Request) -> bytes:
    """Return the request as a record shows it: the values of credentials stay out."""
    lines = [f"GET {without_query(request_bytes.target(request))}", "Upgrade: websocket"]
    return "\n".join([*lines, *(f"{name}: {MASK}" for name, _ in request.headers)]).encode()


async def _headers(stream: Stream) -> dict[bytes, bytes]:
    """Return the headers that decide about the upgrade. Parsing all of them costs too much."""
    headers: dict[bytes, bytes] = {}
    size = 0
    while line := await stream.read_line():
        # A line costs as much as some bytes, however short it is.
        size += max(len(line), _SHORTEST_LINE)
        if size > MOST_READ:
            raise failed(Cause.PROTOCOL, "The response headers are larger than 64 KiB.")
        name, _, value = line.partition(b":")
        name = name.strip().lower()
        if name in _OF_UPGRADES:
            # Lines of one name form one list, cut at the length of a line.
            former = [headers[name]] if name in headers else []
            headers[name] = b", ".join([*former, value.strip()])[:LONGEST_LINE]
    return headers


def _not_upgraded(problem: str) -> Failed:
    """Say what wsproto found wrong with the answer."""
    if problem == _WRONG_KEY:
        return failed(Cause.PROTOCOL, "The server answered the upgrade with a wrong key.")
    if problem.startswith(_WRONG_SUBPROTOCOL):
        return failed(Cause.PROTOCOL, "The server did not accept the subprotocol.")
    return failed(Cause.PROTOCOL, f"The upgrade is invalid: {quoted(problem.encode())}")
