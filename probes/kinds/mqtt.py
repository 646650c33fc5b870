"""The kind `mqtt`: a broker that accepts a connection, with a login if the monitor has one."""

import os
import struct
from typing import ClassVar, Literal

from pydantic import Field, StrictBool

from domain.evaluation.outcome import Cause
from probes.async_probe import UP, LoginSettings, failed, quoted, settings_of
from probes.auth.logins import Login, login_of
from probes.base import Example, ProbeResult, Target
from probes.endpoints import parse_endpoint
from probes.network.network import Network
from probes.network.stream import Stream

PORTS: dict[str, int | None] = {"mqtt": 1883, "mqtts": 8883}
_LEVELS = {"3.1.1": 4, "5": 5}
_CLEAN_SESSION = 2
_HAS_PASSWORD = 0x40
_HAS_USERNAME = 0x80
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
_SEVEN_BITS = 0x7F


class MqttSettings(LoginSettings):
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


def validate_url(text: str) -> str:
    return parse_endpoint(text, PORTS).text


async def probe_async(target: Target, network: Network) -> ProbeResult:
    """Connect to the broker, with the login of the monitor if it has one, and disconnect."""
    settings = settings_of(target, MqttSettings)
    url = parse_endpoint(target.url, PORTS)
    stream = await network.connect(url, settings.ip_version, any_port=True)
    if url.scheme == "mqtts":
        await network.start_tls(stream, url.host, verify=settings.verify_tls)
    login = login_of(
        target,
        encrypted=stream.tls is not None,
        allow_plaintext=settings.allow_plaintext_credentials,
    )
    stream.step("login")
    packet = _connect_packet(_LEVELS[settings.version], login)
    await stream.write(packet, shown=f"CONNECT, MQTT {settings.version}".encode())
    _judge(await _answer(stream), settings, login)
    if login:
        login.accepted()
    stream.step("farewell")
    await stream.write(b"\xe0\x00", shown=b"DISCONNECT")
    return UP


def _judge(code: int, settings: MqttSettings, login: Login | None) -> None:
    """Raise `Failed` unless the broker accepted the connection, or may refuse it."""
    if code in _WANTS_A_LOGIN and login:
        raise login.refused(f"The broker refused the login (code {code}).")
    if code in _WANTS_A_LOGIN:
        if settings.accept_refusal:
            return
        raise failed(Cause.AUTHORIZATION, f"The broker requires a login (code {code}).")
    if code:
        reason = _REFUSALS.get(code, "for an unknown reason")
        raise failed(Cause.ANSWER, f"The broker refused the connection: {reason} (code {code}).")


def _connect_packet(level: int, login: Login | None) -> bytes:
    name = f"probe{os.urandom(6).hex()}".encode()
    flags, fields = _CLEAN_SESSION, [name]
    if login:
        # MQTT 3.1.1 takes no password without a user name, so both are sent.
        flags |= _HAS_USERNAME | _HAS_PASSWORD
        fields += [login.username_bytes, login.password_bytes]
    head = b"\x00\x04MQTT" + bytes((level, flags)) + struct.pack("!H", _KEEP_ALIVE_SECONDS)
    properties = b"\x00" if level == _LEVELS["5"] else b""
    body = head + properties + b"".join(struct.pack("!H", len(each)) + each for each in fields)
    return b"\x10" + _length(len(body)) + body


def _length(size: int) -> bytes:
    """Return a length as MQTT writes it: seven bits a byte, the lowest first."""
    found = bytearray()
    while True:
        size, low = size >> 7, size & _SEVEN_BITS
        found.append(low | 0x80 if size else low)
        if not size:
            return bytes(found)


async def _answer(stream: Stream) -> int:
    """Return the code of the broker's answer; 0 means accepted."""
    kind, size = await stream.read_exactly(2)
    if kind != _CONNECTION_TAKEN or not 2 <= size <= _LONGEST_ANSWER:  # noqa: PLR2004 - flags and code
        said = bytes((kind, size)) + stream.unread()
        raise failed(Cause.PROTOCOL, f"The answer is not MQTT: {quoted(said)}")
    code = (await stream.read_exactly(size))[1]
    stream.retell(f"CONNACK, code {code}".encode())
    return code
