"""The kind `ssh`: a server that announces its version of SSH, and may take a login."""

import re
from typing import ClassVar

from pydantic import Field

from domain.evaluation.outcome import Cause
from probes.async_probe import UP, AsyncProbeSettings, failed, quoted, settings_of
from probes.auth.logins import login_of
from probes.base import Example, ProbeResult, Target
from probes.endpoints import parse_endpoint
from probes.kinds.ssh_login import log_in
from probes.network.network import Network
from probes.network.stream import Stream

PORTS: dict[str, int | None] = {"ssh": 22}
_BANNER = re.compile(rb"SSH-(?:2\.0|1\.99)-.+")
_MOST_LINES_BEFORE = 50


class SshSettings(AsyncProbeSettings):
    example: ClassVar[Example] = Example("ssh://build.example.com", {"expect": "OpenSSH"})

    expect: str = Field(
        default="",
        max_length=200,
        description="A text that the banner must contain, such as OpenSSH.",
    )
    host_key: str = Field(
        default="",
        pattern=r"^(SHA256:[A-Za-z0-9+/]{43})?$",
        description=(
            "The fingerprint of the host key, as `ssh-keygen -lf` shows it. Required to log in."
        ),
    )


def validate_url(text: str) -> str:
    return parse_endpoint(text, PORTS).text


async def probe_async(target: Target, network: Network) -> ProbeResult:
    """Read the banner, which a server sends first, and log in if the monitor has a login."""
    settings = settings_of(target, SshSettings)
    url = parse_endpoint(target.url, PORTS)
    login = login_of(target, encrypted=True, allow_plaintext=False)
    stream = await network.connect(url, settings.ip_version, any_port=True)
    stream.step("banner")
    banner = await _banner(stream)
    if settings.expect.encode() not in banner:
        raise failed(
            Cause.ANSWER, f"The banner does not contain the expected text: {quoted(banner)}"
        )
    if login:
        # The library reads the banner itself, so it gets a connection of its own.
        stream.close()
        another = await network.connect(url, settings.ip_version, any_port=True)
        await log_in(another, login, settings.host_key)
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
