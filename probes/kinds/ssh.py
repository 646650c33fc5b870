"""The kind `ssh`: a server that announces its version of SSH."""

import re
from typing import ClassVar

from pydantic import Field

from domain.evaluation.outcome import Cause
from probes.async_probe import UP, AsyncProbeSettings, failed, quoted, settings_of
from probes.base import Example, ProbeResult, Target
from probes.endpoints import parse_endpoint
from probes.network.network import Network
from probes.network.stream import Stream

_PORTS: dict[str, int | None] = {"ssh": 22}
_BANNER = re.compile(rb"SSH-(?:2\.0|1\.99)-.+")
_MOST_LINES_BEFORE = 50


class SshSettings(AsyncProbeSettings):
    example: ClassVar[Example] = Example("ssh://build.example.com", {"expect": "OpenSSH"})

    expect: str = Field(
        default="",
        max_length=200,
        description="A text that the banner must contain, such as OpenSSH.",
    )


def validate_url(text: str) -> str:
    return parse_endpoint(text, _PORTS).text


async def probe_async(target: Target, network: Network) -> ProbeResult:
    """Read the banner, which a server sends first."""
    settings = settings_of(target, SshSettings)
    url = parse_endpoint(target.url, _PORTS)
    stream = await network.connect(url, settings.ip_version, any_port=True)
    banner = await _banner(stream)
    if settings.expect.encode() not in banner:
        raise failed(
            Cause.ANSWER, f"The banner does not contain the expected text: {quoted(banner)}"
        )
    return UP


async def _banner(stream: Stream) -> bytes:
    """Return the line with the version; RFC 4253 allows others before it."""
    first = line = await stream.read_line()
    for _ in range(_MOST_LINES_BEFORE):
        if line.startswith(b"SSH-"):
            break
        line = await stream.read_line()
    if not _BANNER.fullmatch(line):
        raise failed(Cause.PROTOCOL, f"The answer is not SSH 2: {quoted(line or first)}")
    return line
