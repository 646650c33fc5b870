"""The kind `icmp`: sends pings, and judges how many are answered."""

import asyncio
import os
import socket
import struct
from dataclasses import dataclass, replace
from time import monotonic
from typing import ClassVar, Self

from pydantic import Field, StrictInt, model_validator

from domain.evaluation.outcome import Cause
from probes.async_probe import UP, AsyncProbeSettings, Failed, degraded, result_of, settings_of
from probes.base import Example, ProbeResult, Target, Timings
from probes.endpoints import parse_endpoint
from probes.failures import down, ours
from probes.network.network import Datagrams, Network
from probes.urls import Url, UrlError

_PORTS: dict[str, int | None] = {"icmp": 0}
_PROTOCOLS = (socket.IPPROTO_ICMP, socket.IPPROTO_ICMPV6)
_SECONDS_BETWEEN = 0.2
_ALL = 100
_HEAD = struct.Struct("!BBHHH")
_NONCE_SIZE = 16


class IcmpSettings(AsyncProbeSettings):
    """The number of pings, and the loss that is tolerated."""

    example: ClassVar[Example] = Example(
        "icmp://gateway.example.com", {"count": 5, "degraded_loss_percent": 20}
    )

    count: StrictInt = Field(default=3, ge=1, le=10)
    degraded_loss_percent: StrictInt = Field(
        default=20,
        ge=1,
        le=100,
        description="The loss in percent from which a check is `degraded`.",
    )
    down_loss_percent: StrictInt = Field(
        default=100, ge=1, le=100, description="The loss in percent from which a check is `down`."
    )

    @model_validator(mode="after")
    def _check_together(self) -> Self:
        if self.degraded_loss_percent > self.down_loss_percent:
            raise ValueError("`degraded_loss_percent` may not be above `down_loss_percent`.")
        return self


@dataclass(slots=True)
class Pings:
    """The pings of one check. Random bytes identify them among other packets."""

    nonce: bytes
    is_v6: bool
    sent: list[float]
    times: dict[int, float]

    def request(self) -> bytes:
        kind = 128 if self.is_v6 else 8
        number = len(self.sent)
        body = _HEAD.pack(kind, 0, 0, int.from_bytes(self.nonce[:2]), number) + self.nonce
        self.sent.append(monotonic())
        # The system fills in the checksum of IPv6, which covers the addresses.
        return body if self.is_v6 else body[:2] + _checksum(body) + body[4:]

    def take(self, packet: bytes) -> None:
        """Record the answer to one of these; raw IPv4 sockets include the IP header."""
        start = 0
        if not self.is_v6 and packet[:1] and packet[0] >> 4 == 4:  # noqa: PLR2004 - the version of IP
            start = (packet[0] & 15) * 4
        if len(packet) < start + _HEAD.size + _NONCE_SIZE:
            return
        kind, _, _, _, number = _HEAD.unpack_from(packet, start)
        nonce = packet[start + _HEAD.size : start + _HEAD.size + _NONCE_SIZE]
        is_answer = kind == (129 if self.is_v6 else 0)
        if is_answer and nonce == self.nonce and number < len(self.sent):
            self.times.setdefault(number, monotonic() - self.sent[number])


def validate_url(text: str) -> str:
    url = parse_endpoint(text, _PORTS)
    if url.port:
        raise UrlError("Pings have no port.")
    return url.text


async def probe_async(target: Target, network: Network) -> ProbeResult:
    """Send pings, wait for the answers, and judge the loss."""
    settings = settings_of(target, IcmpSettings)
    url = parse_endpoint(target.url, _PORTS)
    pings = await _ping(url, settings, network)
    return judge(pings, settings, network.clock.timings(), target.timeout_seconds)


async def _ping(url: Url, settings: IcmpSettings, network: Network) -> Pings:
    opened = await _open(url, settings, network)
    pings = Pings(os.urandom(_NONCE_SIZE), opened.sock.family == socket.AF_INET6, [], {})
    network.clock.step("ping")
    # Lost pings are a result, so the pings end before the timeout of the check.
    ends_at = monotonic() + network.clock.seconds_left * 0.95
    between = min(_SECONDS_BETWEEN, network.clock.seconds_left / 2 / settings.count)
    for number in range(settings.count):
        await opened.write(pings.request(), shown=f"Ping {number + 1}\n".encode())
        last = number + 1 == settings.count
        await _listen(opened, pings, ends_at if last else monotonic() + between)
    answers = (f"Answer {number + 1}: {took * 1000:.2f} ms" for number, took in pings.times.items())
    network.clock.note_received("\n".join(answers).encode())
    return pings


async def _listen(opened: Datagrams, pings: Pings, until: float) -> None:
    """Take answers until this moment, or until every ping sent so far is answered."""
    while (left := until - monotonic()) > 0 and len(pings.times) < len(pings.sent):
        try:
            async with asyncio.timeout(left):
                pings.take(await opened.read(shown=b""))
        except TimeoutError:
            return
    await asyncio.sleep(0)


async def _open(url: Url, settings: IcmpSettings, network: Network) -> Datagrams:
    for kind in (socket.SOCK_DGRAM, socket.SOCK_RAW):
        try:
            return await network.datagrams(
                url, settings.ip_version, any_port=True, protocols=_PROTOCOLS, kind=kind
            )
        except PermissionError:
            continue
    raise Failed(ours("This worker is not allowed to send pings."))


def judge(pings: Pings, settings: IcmpSettings, timings: Timings, seconds: float) -> ProbeResult:
    """Judge the lost share; the latency of the check is that of its average ping."""
    lost = len(pings.sent) - len(pings.times)
    percent = _ALL * lost / len(pings.sent)
    detail = f"{lost} of {len(pings.sent)} pings were not answered within {seconds:g} s."
    if percent >= settings.down_loss_percent:
        result = result_of(down(Cause.TIMEOUT, detail))
    elif percent >= settings.degraded_loss_percent:
        result = degraded(Cause.TIMEOUT, detail)
    else:
        result = UP
    if not pings.times:
        return result
    average = round(1e6 * sum(pings.times.values()) / len(pings.times))
    return replace(
        result, timings=replace(timings, first_byte=average, total=timings.dns + average)
    )


def _checksum(data: bytes) -> bytes:
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    total = (total >> 16) + (total & 0xFFFF)
    total += total >> 16
    return struct.pack("!H", ~total & 0xFFFF)
