"""The kind `websocket`: an upgrade, and then a ping or an expected text."""

import os
import re
from typing import ClassVar, Self
from urllib.parse import quote

from pydantic import Field, StrictBool, model_validator
from wsproto import events
from wsproto.connection import Connection, ConnectionState, ConnectionType
from wsproto.extensions import Extension
from wsproto.frame_protocol import CloseReason, FrameDecoder, FrameProtocol, Opcode, RsvBits
from wsproto.handshake import H11Handshake
from wsproto.utilities import RemoteProtocolError

from domain.evaluation.outcome import Cause
from probes.async_probe import UP, AsyncProbeSettings, Failed, failed, quoted, settings_of
from probes.base import Example, ProbeResult, Target
from probes.endpoints import split_endpoint
from probes.network.network import Network
from probes.network.stream import LONGEST_LINE, MOST_READ, Stream
from probes.urls import Url, UrlError

_PORTS: dict[str, int | None] = {"ws": 80, "wss": 443}
_KEPT = "%!$&'()*+,;=:@/?[]~-._"
_STATUS = re.compile(rb"HTTP/1\.[01] ([1-5][0-9]{2})(?: .*)?")
_UPGRADED = 101
_MOST_FRAMES = 200
_SHORTEST_LINE = 32
_LONGEST_LABEL = 63
_LISTS = (b"accept", b"extensions", b"protocol")
_OF_UPGRADES = {b"connection", b"upgrade", *(b"sec-websocket-" + each for each in _LISTS)}
_WRONG_KEY = "Bad accept token"
_WRONG_SUBPROTOCOL = "unrecognized subprotocol"


class WebsocketSettings(AsyncProbeSettings):
    """What to send and expect after the upgrade. By default the upgrade is enough."""

    example: ClassVar[Example] = Example(
        "wss://shop.example.com/live", {"send": "hello", "expect": "welcome"}
    )

    subprotocol: str = Field(default="", pattern=r"^[!#$%&'*+.^_`|~0-9A-Za-z-]{0,100}$")
    ping: StrictBool = Field(
        default=False, description="Whether to send a ping and wait for the pong."
    )
    send: str = Field(
        default="", max_length=4096, description="The text to send, as one text message."
    )
    expect: str = Field(
        default="", max_length=1000, description="The text that one of the messages must contain."
    )
    verify_tls: StrictBool = True

    @model_validator(mode="after")
    def _check_together(self) -> Self:
        if self.send and not self.expect:
            raise ValueError("With `send`, an `expect` is required to judge the answer by.")
        return self


class _Largest(Extension):
    """Refuses a large frame by its header, before its payload is awaited. It is never offered."""

    def enabled(self) -> bool:
        return True

    def offer(self) -> bool:
        return False

    def frame_inbound_header(
        self,
        proto: FrameDecoder | FrameProtocol,
        opcode: Opcode,
        rsv: RsvBits,
        payload_length: int,
    ) -> CloseReason | RsvBits:
        if payload_length > MOST_READ:
            return CloseReason.MESSAGE_TOO_BIG
        return super().frame_inbound_header(proto, opcode, rsv, payload_length)


def validate_url(text: str) -> str:
    url, path = _parse(text)
    return f"{url.text}{path}"


def _parse(text: str) -> tuple[Url, str]:
    url, rest = split_endpoint(text, _PORTS)
    if "#" in rest:
        raise UrlError("The address of a WebSocket must not have a fragment.")
    if len(url.text.rpartition(".")[2].rpartition("/")[2]) > _LONGEST_LABEL:
        # wsproto encodes the Host header as a name, so the port counts as part of the last label.
        raise UrlError("The last part of the host, with the port, has more than 63 characters.")
    path = quote(rest, safe=_KEPT)
    return url, path if path.startswith("/") else f"/{path}"


async def probe_async(target: Target, network: Network) -> ProbeResult:
    """Upgrade the connection, then ping, send and expect as the settings demand."""
    settings = settings_of(target, WebsocketSettings)
    url, path = _parse(target.url)
    stream = await network.connect(url, settings.ip_version)
    if url.scheme == "wss":
        await network.start_tls(stream, url.host, verify=settings.verify_tls)
    await _upgrade(stream, url, path, settings.subprotocol)
    connection = Connection(ConnectionType.CLIENT, [_Largest()])
    if settings.ping:
        nonce = os.urandom(8)
        await stream.write(connection.send(events.Ping(nonce)))
        await _wait_for(stream, connection, events.Pong(nonce))
    if settings.send:
        await stream.write(connection.send(events.TextMessage(settings.send)))
    if settings.expect:
        await _wait_for(stream, connection, settings.expect.encode())
    await stream.write(connection.send(events.CloseConnection(CloseReason.NORMAL_CLOSURE)))
    return UP


async def _upgrade(stream: Stream, url: Url, path: str, subprotocol: str) -> None:
    handshake = H11Handshake(ConnectionType.CLIENT)
    request = events.Request(
        host=url.text.partition("://")[2],
        target=path,
        subprotocols=[subprotocol] if subprotocol else [],
        extra_headers=[(b"User-Agent", b"DowntimeMonitor/0.1")],
    )
    await stream.write(handshake.send(request))
    status_line = await stream.read_line()
    match = _STATUS.fullmatch(status_line)
    if not match:
        raise failed(Cause.PROTOCOL, f"The answer is not HTTP: {quoted(status_line)}")
    if int(match[1]) != _UPGRADED:
        raise failed(Cause.STATUS, f"Answered {int(match[1])}, expected 101 Switching Protocols.")
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


async def _wait_for(stream: Stream, connection: Connection, wanted: events.Pong | bytes) -> None:
    """Read until this pong or a message with this text comes, and answer pings in between."""
    message = b""
    is_whole = True
    frames = taken = 0
    while frames < _MOST_FRAMES:
        event = await _next_event(stream, connection)
        data = _data_of(event)
        taken += len(data)
        if isinstance(event, events.CloseConnection):
            raise _closed(connection, event)
        if event == wanted:
            return
        if taken > MOST_READ:
            break
        if isinstance(event, events.Ping):
            await stream.write(connection.send(event.response()))
        elif isinstance(event, events.Message):
            message = data if is_whole else message + data
            is_whole = event.message_finished
            if is_whole and isinstance(wanted, bytes) and wanted in message:
                return
        # A frame that arrives in pieces is one event for each piece.
        frames += getattr(event, "frame_finished", True)
    raise failed(
        Cause.ANSWER, f"No message contains the expected text. The last one: {quoted(message)}"
    )


async def _next_event(stream: Stream, connection: Connection) -> events.Event:
    while (event := next(connection.events(), None)) is None:
        connection.receive_data(await stream.read_some())
    return event


def _data_of(event: events.Event) -> bytes:
    match event:
        case events.Ping(payload) | events.Pong(payload):
            return payload
        case events.TextMessage(data):
            return data.encode()
        case events.BytesMessage(data):
            return bytes(data)
        case _:
            return b""


def _closed(connection: Connection, event: events.CloseConnection) -> Failed:
    """Say who closed: the server by a frame, or wsproto because of an invalid frame."""
    if connection.state is ConnectionState.REMOTE_CLOSING:
        return failed(Cause.CLOSED, "The server closed the WebSocket before it answered.")
    if event.code == CloseReason.MESSAGE_TOO_BIG:
        return failed(Cause.PROTOCOL, "The server sent a message of more than 64 KiB.")
    return failed(Cause.PROTOCOL, "The server sent an invalid frame.")
