"""The kind `websocket`: an upgrade, and then a ping or an expected text."""

import base64
import hashlib
import os
import re
import struct
from typing import Self
from urllib.parse import quote

from pydantic import Field, StrictBool, model_validator

from domain.evaluation.outcome import Cause
from probes.async_probe import UP, AsyncProbeSettings, Failed, failed, quoted, settings_of
from probes.base import ProbeResult, Target
from probes.endpoints import split_endpoint
from probes.network.network import Network
from probes.network.stream import MOST_READ, Stream
from probes.urls import Url, UrlError

_PORTS: dict[str, int | None] = {"ws": 80, "wss": 443}
_KEPT = "%!$&'()*+,;=:@/?[]~-._"
_STATUS = re.compile(rb"HTTP/1\.[01] ([1-5][0-9]{2})(?: .*)?")
_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_UPGRADED = 101
_TEXT, _BINARY, _CLOSE, _PING, _PONG = 1, 2, 8, 9, 10
_FINAL, _MASKED, _SHORT = 0x80, 0x80, 125
_TWO_BYTES, _EIGHT_BYTES = 126, 127
_MOST_FRAMES = 200
_SHORTEST_LINE = 32


class WebsocketSettings(AsyncProbeSettings):
    """What to send and expect after the upgrade. By default the upgrade is enough."""

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
            raise ValueError("What is sent needs an `expect` to judge the answer by.")
        return self


def validate_url(text: str) -> str:
    url, path = _parse(text)
    return f"{url.text}{path}"


def _parse(text: str) -> tuple[Url, str]:
    url, rest = split_endpoint(text, _PORTS)
    if "#" in rest:
        raise UrlError("The address of a websocket has no fragment.")
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
    if settings.ping:
        nonce = os.urandom(8)
        await _send(stream, _PING, nonce)
        await _wait_for(stream, _PONG, nonce)
    if settings.send:
        await _send(stream, _TEXT, settings.send.encode())
    if settings.expect:
        await _wait_for(stream, _TEXT, settings.expect.encode())
    await _send(stream, _CLOSE, struct.pack("!H", 1000))
    return UP


async def _upgrade(stream: Stream, url: Url, path: str, subprotocol: str) -> None:
    key = base64.b64encode(os.urandom(16))
    lines = [
        f"GET {path} HTTP/1.1",
        f"Host: {url.text.partition('://')[2]}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        f"Sec-WebSocket-Key: {key.decode()}",
        "Sec-WebSocket-Version: 13",
        "User-Agent: DowntimeMonitor/0.1",
    ]
    if subprotocol:
        lines.append(f"Sec-WebSocket-Protocol: {subprotocol}")
    await stream.write("\r\n".join([*lines, "", ""]).encode())
    status_line = await stream.read_line()
    match = _STATUS.fullmatch(status_line)
    if not match:
        raise failed(Cause.PROTOCOL, f"The answer is not HTTP: {quoted(status_line)}")
    if int(match[1]) != _UPGRADED:
        raise failed(Cause.STATUS, f"Answered {int(match[1])}, expected 101 Switching Protocols.")
    _check_headers(await _headers(stream), key, subprotocol)


async def _headers(stream: Stream) -> dict[bytes, bytes]:
    headers: dict[bytes, bytes] = {}
    size = 0
    while line := await stream.read_line():
        # A line costs as much as some bytes, however short it is.
        size += max(len(line), _SHORTEST_LINE)
        if size > MOST_READ:
            raise failed(Cause.PROTOCOL, "The response headers are larger than 64 KiB.")
        name, _, value = line.partition(b":")
        headers[name.strip().lower()] = value.strip()
    return headers


def _check_headers(headers: dict[bytes, bytes], key: bytes, subprotocol: str) -> None:
    digest = hashlib.sha1(key + _GUID, usedforsecurity=False).digest()
    if headers.get(b"sec-websocket-accept") != base64.b64encode(digest):
        raise failed(Cause.PROTOCOL, "The server upgraded without having read our key.")
    if headers.get(b"sec-websocket-protocol", b"") != subprotocol.encode():
        raise failed(Cause.PROTOCOL, "The server did not take the subprotocol.")


async def _send(stream: Stream, kind: int, payload: bytes) -> None:
    """Send one whole message, masked as a client has to."""
    mask = os.urandom(4)
    head = bytes((_FINAL | kind,))
    if len(payload) <= _SHORT:
        head += bytes((_MASKED | len(payload),))
    else:
        head += bytes((_MASKED | _TWO_BYTES,)) + struct.pack("!H", len(payload))
    masked = bytes(each ^ mask[index % 4] for index, each in enumerate(payload))
    await stream.write(head + mask + masked)


async def _wait_for(stream: Stream, wanted: int, words: bytes) -> None:
    """Read until a message of this kind contains the text, and answer pings in between."""
    message = b""
    taken = 0
    for _ in range(_MOST_FRAMES):
        is_final, kind, payload = await _frame(stream)
        taken += len(payload)
        if kind == _CLOSE:
            raise failed(Cause.CLOSED, "The server closed the websocket before it answered.")
        if taken > MOST_READ:
            break
        if kind == _PING:
            await _send(stream, _PONG, payload)
        elif kind == _PONG:
            if wanted == _PONG and payload == words:
                return
        else:
            message = message + payload if kind == 0 else payload
            if is_final and wanted == _TEXT and words in message:
                return
    raise _nothing_found(message)


def _nothing_found(message: bytes) -> Failed:
    return failed(
        Cause.ANSWER, f"What came does not hold what is expected; the last: {quoted(message)}"
    )


async def _frame(stream: Stream) -> tuple[bool, int, bytes]:
    """Return whether a frame ends its message, its kind, and its payload."""
    first, second = await stream.read_exactly(2)
    kind, size = first & 15, second & 127
    if size == _TWO_BYTES:
        (size,) = struct.unpack("!H", await stream.read_exactly(2))
    elif size == _EIGHT_BYTES:
        (size,) = struct.unpack("!Q", await stream.read_exactly(8))
    if first & 0x70 or second & _MASKED or kind not in (0, _TEXT, _BINARY, _CLOSE, _PING, _PONG):
        raise failed(Cause.PROTOCOL, "The server sent a frame that is not valid.")
    if size > MOST_READ:
        raise failed(Cause.PROTOCOL, "The server sent a message of more than 64 KiB.")
    return bool(first & _FINAL), kind, await stream.read_exactly(size)
