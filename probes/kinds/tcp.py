"""The kind `tcp`: connects to a port, and may send a text and expect one."""

from typing import ClassVar, Self

from pydantic import Field, model_validator

from domain.evaluation.outcome import Cause
from probes.async_probe import UP, AsyncProbeSettings, failed, quoted, settings_of
from probes.base import Example, ProbeResult, Target
from probes.endpoints import parse_endpoint
from probes.network.network import Network

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
    if settings.send:
        await stream.write(settings.send.encode())
    if settings.expect and not await stream.read_until_found(settings.expect.encode()):
        raise failed(Cause.ANSWER, _without_words(stream.unread()))
    return UP


def _without_words(said: bytes) -> str:
    if not said:
        return "The server closed the connection without an answer."
    return f"The answer does not contain the expected text: {quoted(said)}"
