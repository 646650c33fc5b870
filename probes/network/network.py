"""The network for a probe: the guard judges every address right before it is used."""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from probes.async_probe import Failed, IpVersion
from probes.base import ProbeResult, Target
from probes.failures import blocked
from probes.network.address_limits import MOST_ADDRESSES, AddressLimits
from probes.network.async_resolver import Names
from probes.network.happy_eyeballs import family_of, first_to_connect
from probes.network.lookup_failures import no_address_of, of_version
from probes.network.phases import Clock
from probes.network.socket_failures import connecting_failure
from probes.network.stream import Stream
from probes.network.tls_contexts import NO_TLS_CREDENTIALS, Contexts, TlsCredentials
from probes.urls import Url
from security.egress.guard import EgressPolicy, judge_url_host

_LARGEST_DATAGRAM = 65_535
_VERDICT_SECONDS = 1.0


@dataclass(slots=True)
class Datagrams:
    """A connected socket, so that it receives from nobody else."""

    sock: socket.socket
    clock: Clock

    async def write(self, data: bytes, *, shown: bytes | None = None) -> None:
        self.clock.note_sent(data if shown is None else shown)
        await asyncio.get_running_loop().sock_sendall(self.sock, data)

    async def read(self, *, shown: bytes | None = None) -> bytes:
        """Return the next datagram. `shown` is recorded in its place, if it is not text."""
        data = await asyncio.get_running_loop().sock_recv(self.sock, _LARGEST_DATAGRAM)
        self.clock.heard()
        self.clock.note_received(data if shown is None else shown)
        return data

    def close(self) -> None:
        self.sock.close()


@dataclass(slots=True, kw_only=True)
class Network:
    """The network of one probe. The engine closes everything that it opens when it ends."""

    policy: EgressPolicy
    names: Names
    contexts: Contexts
    timeout_seconds: float
    clock: Clock
    connection_limits: AddressLimits
    tls_credentials: TlsCredentials = NO_TLS_CREDENTIALS
    """What the credentials of the target contribute to TLS."""
    places: tuple[str, ...] = ()
    """The addresses at which this probe counts."""
    port: int = 0
    certificate: bytes = b""
    """The certificate of the first server that spoke TLS, in DER."""
    address: str = ""
    instead: Callable[[], str] = str
    """Says what came in place of the awaited answer, if anything, when the time is over."""
    _open: list[Stream | Datagrams] = field(default_factory=list)

    async def connect(
        self, url: Url, ip_version: IpVersion = "", *, any_port: bool = False
    ) -> Stream:
        """Connect to a name or address; `any_port` is for kinds that no port lets a user misuse."""
        addresses = await self.permitted(url, ip_version, any_port=any_port)
        try:
            with self.clock.phase("connect"):
                self.clock.note_sent(f"{', '.join(addresses)} port {url.port}".encode())
                sock = await first_to_connect(addresses, url.port)
                with suppress(OSError):  # The next read notices a server that has disconnected.
                    self.address = str(sock.getpeername()[0])
                self.clock.note_received(self.address.encode())
        except OSError as error:
            raise Failed(connecting_failure(error, url.port)) from error
        stream = Stream(sock, self.clock)
        self._open.append(stream)
        return stream

    async def start_tls(self, stream: Stream, host: str, *, verify: bool = True) -> None:
        """Change to TLS, with the authorities and the client certificate of the target."""
        await stream.start_tls(self.contexts.of(self.tls_credentials, verify=verify), host)
        if self.tls_credentials.client:
            await stream.await_verdict(_VERDICT_SECONDS)
        if stream.tls and not self.certificate:
            self.certificate = stream.tls.getpeercert(binary_form=True) or b""

    async def datagrams(
        self,
        url: Url,
        ip_version: IpVersion = "",
        *,
        any_port: bool = False,
        protocols: tuple[int, int] = (0, 0),
        kind: socket.SocketKind = socket.SOCK_DGRAM,
    ) -> Datagrams:
        """Open a socket to the first permitted address; `protocols` are those of IPv4 and IPv6."""
        addresses = await self.permitted(url, ip_version, any_port=any_port)
        address = addresses[0]
        protocol = protocols[1 if ":" in address else 0]
        sock = socket.socket(family_of(address), kind, protocol)
        opened = Datagrams(sock, self.clock)
        self._open.append(opened)
        sock.setblocking(False)  # noqa: FBT003 - the signature is socket's
        sock.connect((address, url.port))
        self.address = address
        self.clock.ready()
        return opened

    async def permitted(
        self, url: Url, ip_version: IpVersion = "", *, any_port: bool = False
    ) -> tuple[str, ...]:
        """Return the permitted addresses, of which there is at least one, or raise `Failed`."""
        self.port = url.port
        addresses = await self._addresses(url, ip_version)
        permits = self.policy.permits
        permitted = tuple(
            each
            for each in addresses
            if (self.policy.permits_address(each) if any_port else permits(each, url.port))
        )
        if not permitted:
            raise Failed(blocked())
        self._enter(permitted[:MOST_ADDRESSES])
        return permitted[:MOST_ADDRESSES]

    def close(self) -> None:
        for each in self._open:
            each.close()
        self.connection_limits.leave(self.places)
        self.places = ()

    def _enter(self, addresses: Sequence[str]) -> None:
        """Count this probe at these addresses until it ends."""
        new = [each for each in addresses if each not in self.places]
        self.connection_limits.enter(new)
        self.places = (*self.places, *new)

    async def _addresses(self, url: Url, ip_version: IpVersion) -> tuple[str, ...]:
        if not url.literal:
            self.judge_name(url.host)
            return await self.names.find(url.host, ip_version, self.clock, self.timeout_seconds)
        if not of_version((url.literal,), ip_version):
            raise Failed(no_address_of(ip_version))
        return (url.literal,)

    def judge_name(self, name: str) -> None:
        """Refuse a name that the policy keeps from our own resolver."""
        try:
            judge_url_host(self.policy, name)
        except ValueError as error:
            raise Failed(blocked()) from error


AsyncProbe = Callable[[Target, Network], Awaitable[ProbeResult]]
"""Raises `Failed` or an `OSError` on failure; the engine enforces the timeout and closes."""
