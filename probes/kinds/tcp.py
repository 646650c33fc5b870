"""The kind `tcp`: connects to a port, and may send a text and expect one."""

from typing import ClassVar, Self

from pydantic import Field, model_validator

from domain.evaluation.outcome import Cause
from probes.async_probe import UP, AsyncProbeSettings, failed, quoted_of, settings_of
from probes.base import Example, ProbeResult, Target
from probes.endpoints import parse_endpoint
from probes.network.network import Network
from probes.network.stream import Stream

_PORTS: dict[str, int | None] = {"tcp": None}


class TcpSettings(AsyncProbeSettings):
    """A text to send, and a text to expect. Without both, a connection is enough."""

    example: ClassVar[Example] = Example(
        "tcp://cache.example.com:6379", {"send": "PING\r\n", "expect": "+PONG"}
    )

    send: str = Field(
        default="", max_length=4096, description="The text to send after connecting, as UTF-8."
    )
    expect: str = Field(
        default="",
        max_length=1000,
        description="The text to find in the first 64 KiB of the answer.",
    )

    @model_validator(mode="after")
    def _check_together(self) -> Self:
        if self.send and not self.expect:
            raise ValueError("With `send`, an `expect` is required to judge the answer by.")
        return self


def validate_url(text: str) -> str:
    return parse_endpoint(text, _PORTS).text


async def probe_async(target: Target, network: Network) -> ProbeResult:
    """Connect, send, and look for the expected text."""
    settings = settings_of(target, TcpSettings)
    url = parse_endpoint(target.url, _PORTS)
    # A bare connection does no harm, but a text chosen by a user is not allowed on every port.
    stream = await network.connect(url, settings.ip_version, any_port=not settings.send)
    stream.step("exchange")
    if settings.send:
        await stream.write(settings.send.encode())
    if settings.expect:
        await _expect(network, stream, settings.expect.encode(), target)
    return UP


async def _expect(network: Network, stream: Stream, wanted: bytes, target: Target) -> None:
    """Read until the text comes; if another comes instead, say which."""
    network.instead = lambda: _other(target, stream.unread())
    found = await stream.read_until_found(wanted)
    if found:
        return
    if not stream.unread():
        raise failed(Cause.ANSWER, "The server closed the connection without an answer.")
    said = quoted_of(target, stream.unread())
    raise failed(Cause.ANSWER, f"The answer does not contain the expected text: {said}")


def _other(target: Target, said: bytes) -> str:
    if not said:
        return ""
    return (
        f"No answer with the expected text within {target.timeout_seconds:g} s."
        f" Received: {quoted_of(target, said)}"
    )
