"""The kind `websocket`: an upgrade, and then a ping or an expected text."""

import os
from typing import ClassVar, Self
from urllib.parse import quote

from pydantic import Field, StrictBool, model_validator
from wsproto import events
from wsproto.connection import Connection, ConnectionState, ConnectionType
from wsproto.extensions import Extension
from wsproto.frame_protocol import CloseReason, FrameDecoder, FrameProtocol, Opcode, RsvBits

from domain.evaluation.outcome import Cause
from probes.async_probe import (
    UP,
    Failed,
    LoginSettings,
    failed,
    quoted_of,
    settings_of,
)
from probes.base import Example, ProbeResult, Target
from probes.endpoints import split_endpoint
from probes.kinds.websocket_upgrade import opening_of, upgrade
from probes.network.network import Network
from probes.network.stream import MOST_READ, Stream
from probes.urls import Url, UrlError

PORTS: dict[str, int | None] = {"ws": 80, "wss": 443}
_KEPT = "%!$&'()*+,;=:@/?[]~-._"
_MOST_FRAMES = 200
_LONGEST_LABEL = 63


class WebsocketSettings(LoginSettings):
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
    url, rest = split_endpoint(text, PORTS)
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
    opening = opening_of(
        target,
        url,
        path,
        settings.subprotocol,
        allow_plaintext=settings.allow_plaintext_credentials,
    )
    stream.step("upgrade")
    await upgrade(stream, opening)
    connection = Connection(ConnectionType.CLIENT, [_Largest()])
    if settings.ping:
        stream.step("ping")
        nonce = os.urandom(8)
        await stream.write(connection.send(events.Ping(nonce)), shown=b"PING")
        await _pong(stream, connection, nonce)
    if settings.send or settings.expect:
        stream.step("message")
    if settings.send:
        frame = connection.send(events.TextMessage(settings.send))
        await stream.write(frame, shown=settings.send.encode())
    if settings.expect:
        await _expect(network, stream, connection, settings.expect.encode(), target)
    stream.step("farewell")
    closing = connection.send(events.CloseConnection(CloseReason.NORMAL_CLOSURE))
    await stream.write(closing, shown=b"CLOSE")
    return UP


class _Received:
    """The last whole message, and whether any came."""

    def __init__(self) -> None:
        self.message = b""
        self.is_any = False
        self._is_whole = True

    def take(self, event: events.TextMessage | events.BytesMessage, data: bytes) -> bytes | None:
        """Add a part of a message; return the message when it is whole."""
        self.is_any = True
        self.message = data if self._is_whole else self.message + data
        self._is_whole = event.message_finished
        return self.message if self._is_whole else None


async def _expect(
    network: Network, stream: Stream, connection: Connection, wanted: bytes, target: Target
) -> None:
    """Read until a message with this text comes; if others come instead, say which."""
    received = _Received()
    network.instead = lambda: _others(target, received)
    try:
        await _wait_for(stream, connection, wanted, received)
    except _TooMuch:
        raise failed(
            Cause.ANSWER,
            "No message contains the expected text."
            f" The last one: {quoted_of(target, received.message)}",
        ) from None


def _others(target: Target, received: _Received) -> str:
    if not received.is_any:
        return ""
    return (
        f"No message with the expected text within {target.timeout_seconds:g} s."
        f" The last one: {quoted_of(target, received.message)}"
    )


class _TooMuch(Exception):
    """The server sent more than is read."""


async def _pong(stream: Stream, connection: Connection, nonce: bytes) -> None:
    try:
        await _wait_for(stream, connection, events.Pong(nonce), _Received())
    except _TooMuch:
        raise failed(Cause.ANSWER, "The server sent much, but no answer to the ping.") from None


async def _wait_for(
    stream: Stream, connection: Connection, wanted: events.Pong | bytes, received: _Received
) -> None:
    """Read until this pong or a message with this text comes, and answer pings in between."""
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
            await stream.write(connection.send(event.response()), shown=b"PONG")
        elif isinstance(event, events.TextMessage | events.BytesMessage):
            whole = received.take(event, data)
            if whole is not None and isinstance(wanted, bytes) and wanted in whole:
                return
        # A frame that arrives in pieces is one event for each piece.
        frames += getattr(event, "frame_finished", True)
    raise _TooMuch


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
