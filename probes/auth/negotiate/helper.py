"""The side tasks of one Kerberos conversation: permitted addresses go in, tokens come out."""

import asyncio
from base64 import b64decode, b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import Any

from domain.evaluation.outcome import Cause
from probes.async_probe import UP, Failed, IpVersion, failed
from probes.auth.negotiate.channel import HelperProcess
from probes.auth.negotiate.failures import NO_ANSWER, is_wrong_secret, login_failure
from probes.auth.negotiate.realm import configuration
from probes.base import ProbeResult, Target
from probes.failures import Failure, ours
from probes.network.lookup_failures import late_lookup_failure
from probes.network.network import Network
from probes.urls import Url

_BY_THEN_SECONDS = 0.05
"""So that this file reports a silent server, before the deadline of the side task."""
_ALARM_SECONDS = 1.0
_MOST_TRIES = 3
"""The most parts that the time of a check is divided into, one for each silent center."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """The principal, the realm and the service of a login.

    `proof` is a password, or a keytab in Base64.
    """

    principal: str
    service: str
    realm: str
    kdcs: tuple[Url, ...]
    ip_version: IpVersion = ""
    proof: dict[str, str] = field(repr=False)


class Helper:
    """`log_in` and `prove` are side tasks; they leave the next token in `token`."""

    def __init__(self, login: Login) -> None:
        self._login = login
        self._channel = HelperProcess()
        self._answer = b""
        self.token = b""
        self.wrong_secret = False
        self.proved = False

    async def log_in(self, _target: Target, network: Network) -> ProbeResult:
        """Get a ticket and the first token."""
        async with _in_time(network):
            said = await self._first_answer(await _places(self._login, network), network)
        if "code" in said:
            self.wrong_secret = is_wrong_secret(said["code"])
            raise Failed(login_failure(said["code"], self._login.principal, self._login.service))
        return self._kept(said)

    async def _first_answer(
        self, places: list[tuple[str, int]], network: Network
    ) -> dict[str, Any]:
        """Ask the key distribution centers; if the first one is silent, ask the others in time.

        libkrb5 waits ten seconds for a center that accepts the connection and does not answer, which
        is longer than most checks may take.
        """
        for left in range(min(len(places), _MOST_TRIES), 1, -1):
            with suppress(TimeoutError):
                async with asyncio.timeout(network.clock.seconds_left / left):
                    return await self._answer_of(places, network)
            places = places[1:]
        return await self._answer_of(places, network)

    async def _answer_of(self, places: list[tuple[str, int]], network: Network) -> dict[str, Any]:
        await self._channel.open()
        task = {
            "seconds": network.timeout_seconds + _ALARM_SECONDS,
            "configuration": configuration(self._login.realm, places),
            "principal": self._login.principal,
            "service": self._login.service,
            **self._login.proof,
        }
        return await self._channel.ask(task)

    def answered(self, answer: bytes) -> None:
        """Store the token of the site's answer for `prove`."""
        self._answer = answer

    async def prove(self, _target: Target, network: Network) -> ProbeResult:
        """Verify the token of the site.

        Afterwards the site has `proved` its identity, or `token` is what to send next.
        """
        answer, self._answer = self._answer, b""
        if not answer:
            # A conversation cannot be repeated, even if this worker was held up.
            raise Failed(ours("This worker was delayed during a Kerberos exchange."))
        async with _in_time(network):
            said = await self._channel.ask({"answer": b64encode(answer).decode()})
        self.proved = "code" not in said
        return self._kept(said) if self.proved else UP

    def close(self) -> None:
        """End the conversation, at any point."""
        self._channel.close()

    def _kept(self, said: dict[str, Any]) -> ProbeResult:
        self.token = b64decode(said["token"])
        return UP


async def _places(login: Login, network: Network) -> list[tuple[str, int]]:
    """Return the permitted addresses of the key distribution centers.

    A center without an address leaves the others, and one whose name hangs leaves them time.
    """
    found: list[tuple[str, int]] = []
    failures: list[Failure] = []
    for left, kdc in zip(range(len(login.kdcs), 0, -1), login.kdcs, strict=True):
        share = network.clock.seconds_left / min(left, _MOST_TRIES) if left > 1 else None
        try:
            async with asyncio.timeout(share):
                addresses = await network.permitted(kdc, login.ip_version)
        except TimeoutError:
            failures.append(late_lookup_failure(kdc.host, share or 0, resolver_works=True))
        except Failed as error:
            failures.append(error.failure)
        else:
            found += [(each, kdc.port) for each in addresses]
    if not found:
        raise Failed(replace(failures[0], detail=f"{NO_ANSWER} {failures[0].detail}"))
    return found


@asynccontextmanager
async def _in_time(network: Network) -> AsyncIterator[None]:
    """Raise a timeout failure that names the key distribution center."""
    try:
        async with asyncio.timeout(max(0.0, network.clock.seconds_left - _BY_THEN_SECONDS)):
            yield
    except TimeoutError:
        raise failed(Cause.TIMEOUT, f"{NO_ANSWER} The check timed out first.") from None
