"""The kind `mqtt`: a broker that accepts a connection."""

import os
import struct
from typing import ClassVar, Literal

from pydantic import Field, StrictBool

from domain.evaluation.outcome import Cause
from probes.async_probe import UP, AsyncProbeSettings, failed, quoted, settings_of
from probes.base import Example, ProbeResult, Target
from probes.endpoints import parse_endpoint
from probes.network.network import Network
from probes.network.stream import Stream

_PORTS: dict[str, int | None] = {"mqtt": 1883, "mqtts": 8883}
_LEVELS = {"3.1.1": 4, "5": 5}
_CLEAN_SESSION = 2
_KEEP_ALIVE_SECONDS = 30
_CONNECTION_TAKEN = 0x20
_LONGEST_ANSWER = 127
_REFUSALS = {
    1: "it does not speak this version of MQTT",
    2: "it does not accept the client identifier",
    3: "it is not available",
    0x84: "it does not speak this version of MQTT",
    0x85: "it does not accept the client identifier",
    0x88: "it is not available",
    0x89: "it is busy",
}
_WANTS_A_LOGIN = frozenset({4, 5, 0x86, 0x87, 0x8C})


class MqttSettings(AsyncProbeSettings):
    """The settings of a check of an MQTT broker. Nothing is published or subscribed to."""

    example: ClassVar[Example] = Example(
        "mqtts://broker.example.com", {"version": "5", "accept_refusal": True}
    )

    version: Literal["3.1.1", "5"] = "3.1.1"
    accept_refusal: StrictBool = Field(
        default=False,
        description=(
            "Whether a broker that refuses the connection for lack of a login counts as up."
        ),
    )
    verify_tls: StrictBool = True


def validate_url(text: str) -> str:
    return parse_endpoint(text, _PORTS).text


async def probe_async(target: Target, network: Network) -> ProbeResult:
    """Connect to the broker, and disconnect."""
    settings = settings_of(target, MqttSettings)
    url = parse_endpoint(target.url, _PORTS)
    stream = await network.connect(url, settings.ip_version, any_port=True)
    if url.scheme == "mqtts":
        await network.start_tls(stream, url.host, verify=settings.verify_tls)
    await stream.write(_connect_packet(_LEVELS[settings.version]))
    code = await _answer(stream)
    if code in _WANTS_A_LOGIN and settings.accept_refusal:
        return UP
    if code in _WANTS_A_LOGIN:
        raise failed(Cause.AUTHORIZATION, f"The broker requires a login (code {code}).")
    if code:
        reason = _REFUSALS.get(code, "for an unknown reason")
        raise failed(Cause.ANSWER, f"The broker refused the connection: {reason} (code {code}).")
    await stream.write(b"\xe0\x00")
    return UP


def _connect_packet(level: int) -> bytes:
    name = f"probe{os.urandom(6).hex()}".encode()
    head = b"\x00\x04MQTT" + bytes((level, _CLEAN_SESSION)) + struct.pack("!H", _KEEP_ALIVE_SECONDS)
    properties = b"\x00" if level == _LEVELS["5"] else b""
    body = head + properties + struct.pack("!H", len(name)) + name
    return bytes((0x10, len(body))) + body


async def _answer(stream: Stream) -> int:
    """Return the code of the broker's answer; 0 means accepted."""
    kind, size = await stream.read_exactly(2)
    if kind != _CONNECTION_TAKEN or not 2 <= size <= _LONGEST_ANSWER:  # noqa: PLR2004 - flags and code
        said = bytes((kind, size)) + stream.unread()
        raise failed(Cause.PROTOCOL, f"The answer is not MQTT: {quoted(said)}")
    body = await stream.read_exactly(size)
    return body[1]
