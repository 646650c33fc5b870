"""How each kind of probe is led to a host, and how it is seen that it did not go there."""

import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from domain.evaluation.outcome import Cause, Outcome
from probes.base import ProbeResult, Target
from probes.registry import KINDS
from tests.probes.conftest import Prober, target_of
from tests.servers.own_network import OwnNetwork

PORT = 8080
WORDS = "This service may not connect to the address of this host."
PUBLIC = ("93.184.216.34", "2606:4700::1111")
"""Any two: in a network of a test's own all addresses are the test's."""

_Led = tuple[str, Mapping[str, object]]
_LED: dict[str, Callable[[str], _Led]] = {
    "dns": lambda place: ("dns://shop.example", {"server": place}),
    "ftp": lambda place: (f"ftp://{place}", {}),
    "http": lambda place: (f"http://{place}/", {}),
    "icmp": lambda place: (f"icmp://{place.rpartition(':')[0]}", {"count": 1}),
    "imap": lambda place: (f"imap://{place}", {}),
    "mqtt": lambda place: (f"mqtt://{place}", {}),
    "pop3": lambda place: (f"pop3://{place}", {}),
    "rdap": lambda place: ("rdap:shop.example", {"base_url": f"http://{place}/"}),
    "smtp": lambda place: (f"smtp://{place}", {}),
    "ssh": lambda place: (f"ssh://{place}", {}),
    "tcp": lambda place: (f"tcp://{place}", {}),
    "tls": lambda place: (f"tls://{place}", {}),
    "udp": lambda place: (f"udp://{place}", {}),
    "websocket": lambda place: (f"ws://{place}/", {}),
}
KINDS_LED = tuple(_LED)


def led_to(kind: str, host: str, *, port: int | str = PORT, timeout: float = 5) -> Target:
    """Return a target of this kind that looks at a host; raises what a user is told of a bad one."""
    shown = f"[{host}]" if ":" in host and not host.startswith("[") else host
    url, settings = _LED[kind](f"{shown}:{port}")
    return target_of(kind, KINDS[kind].validate_url(url), settings, timeout=timeout)


class Names(dict[str, list[str]]):
    """What a resolver knows, and what it was asked."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []

    def look_up(self, name: str) -> list[str]:
        self.asked.append(name)
        if name not in self:
            raise socket.gaierror(socket.EAI_NONAME, "There is no such name.")
        return self[name]


@dataclass(frozen=True)
class Watcher:
    """Probes under the policy `public`, and sees whether that sent anything at all."""

    probe: Prober
    network: OwnNetwork

    def sent_by(self, target: Target) -> tuple[int, ProbeResult]:
        """Return how many packets a check sent or was sent, and its result."""
        before = self.network.packets
        result = self.probe.check(target)
        return self.network.packets - before, result

    def assert_blocked(self, target: Target) -> None:
        packets, result = self.sent_by(target)
        assert (packets, result.outcome, result.cause) == (0, Outcome.UNKNOWN, Cause.BLOCKED)
        assert_tells_nothing(result)


def assert_tells_nothing(result: ProbeResult) -> None:
    """Prove that a result is the one that every blocked host gets."""
    prefix = result.detail.removesuffix(WORDS)
    assert result.detail.endswith(WORDS)
    assert prefix in {
        "",
        "The registry could not be queried: ",
        "The token endpoint did not answer. ",
        "The login page did not answer. ",
        "The login address did not answer. ",
    }
    assert (result.http_status, result.evidence) == (0, None)
    assert (result.address, result.timings.connect, result.timings.first_byte) == ("", 0, 0)


def assert_refused(result: ProbeResult, words: str) -> None:
    """Prove that it is told in these words, as trouble with the authorization, without a secret."""
    assert (result.outcome, result.cause) == (Outcome.DOWN, Cause.AUTHORIZATION)
    assert result.detail == words
    assert "canary" not in repr(result)
