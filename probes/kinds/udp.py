"""The kind `udp`: sends a datagram and waits for an answer."""

from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from domain.evaluation.outcome import Cause
from probes.async_probe import UP, AsyncProbeSettings, failed, quoted, settings_of
from probes.base import Example, ProbeResult, Target
from probes.endpoints import parse_endpoint
from probes.network.network import Network

_PORTS: dict[str, int | None] = {"udp": None}


class UdpSettings(AsyncProbeSettings):
    """A datagram to send, and the content to expect. By default any answer counts as up."""

    example: ClassVar[Example] = Example(
        "udp://game.example.com:27015", {"send": "ping", "expect": "pong"}
    )

    send: str = Field(
        default="",
        max_length=1000,
        description="The content of the datagram, in the given `encoding`. It may be empty.",
    )
    expect: str = Field(
        default="",
        max_length=1000,
        description="The content to find in the answer, in the given `encoding`.",
    )
    encoding: Literal["text", "hex"] = "text"

    @model_validator(mode="after")
    def _check_hex(self) -> Self:
        if self.encoding == "hex":
            for text in (self.send, self.expect):
                _bytes_of_hex(text)
        return self

    def encoded(self, text: str) -> bytes:
        return _bytes_of_hex(text) if self.encoding == "hex" else text.encode()


def validate_url(text: str) -> str:
    return parse_endpoint(text, _PORTS).text


async def probe_async(target: Target, network: Network) -> ProbeResult:
    """Send, and judge the answer."""
    settings = settings_of(target, UdpSettings)
    socket = await network.datagrams(parse_endpoint(target.url, _PORTS), settings.ip_version)
    network.clock.step("exchange")
    await socket.write(settings.encoded(settings.send))
    answer = await socket.read()
    if settings.encoded(settings.expect) not in answer:
        raise failed(
            Cause.ANSWER, f"The answer does not contain the expected content: {quoted(answer)}"
        )
    return UP


def _bytes_of_hex(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError as error:
        raise ValueError("Must be hexadecimal digits, two for each byte.") from error
