"""A worker, the machine that it is on, and a world in which every address answers: three networks of their own.

Needs root and the programs `ip` and `nft`.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress

from tests.conftest import ROOT
from tests.servers.programs import missing, program

RULES = ROOT / "deploy" / "egress.nft"
NEAR, NEAR6 = "10.77.0.1", "fd77::1"
"""The machine, as its worker sees it."""
# A refusal has come from there; what was dropped is waited for.
_REACH = """
import json, select, socket, sys
reached, waiting = [], {}
for kind, address, port in json.load(sys.stdin):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM if kind == "tcp" else socket.SOCK_DGRAM)
    sock.setblocking(False)
    try:
        sock.connect((address, port))
        kind == "udp" and sock.send(b"?")
    except BlockingIOError:
        pass
    except OSError:
        continue
    waiting[sock.fileno()] = sock, [kind, address, port]
poll = select.poll()
for number in waiting:
    poll.register(number, select.POLLIN | select.POLLERR | select.POLLHUP)
while waiting and (found := poll.poll(3000)):
    for number, _ in found:
        sock, what = waiting.pop(number)
        poll.unregister(number)
        if sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) in (0, 111):
            reached.append(what)
json.dump(reached, sys.stdout)
"""

Place = tuple[str, str, int]


class ThreeNetworks:
    def __init__(self, prefix: str) -> None:
        self._worker, self._machine, self._world = (f"{prefix}-{each}" for each in "amw")

    def nft(self, *words: str) -> None:
        """Change the rules of the machine."""
        _run("ip", "netns", "exec", self._machine, program("nft"), *words)

    def reached(self, places: Iterable[Place]) -> set[Place]:
        """Return where something of the worker arrives: each answers, or refuses."""
        command = [program("ip"), "netns", "exec", self._worker, sys.executable, "-c", _REACH]
        wanted = json.dumps(list(places))
        done = subprocess.run(command, input=wanted, capture_output=True, text=True, check=True)
        return {(kind, address, port) for kind, address, port in json.loads(done.stdout)}

    def make(self) -> None:
        for each in self._all:
            _run("ip", "netns", "add", each)
        self._link(self._worker, "eth0", self._machine, "downtime-checks", "77")
        self._link(self._world, "eth0", self._machine, "world", "88")
        for each in self._all:
            self._set(each, "link", "set", "lo", "up")
        self._forward()
        self._set(self._worker, "route", "add", "default", "via", NEAR)
        self._set(self._worker, "-6", "route", "add", "default", "via", NEAR6)
        self._set(self._machine, "route", "add", "default", "via", "10.88.0.2")
        self._set(self._machine, "-6", "route", "add", "default", "via", "fd88::2")
        self._set(self._world, "route", "add", "10.77.0.0/24", "via", "10.88.0.1")
        self._set(self._world, "-6", "route", "add", "fd77::/64", "via", "fd88::1")
        # In the main table, so that the way back is found first.
        everything = ("route", "add", "local")
        self._set(self._world, *everything, "0.0.0.0/0", "dev", "lo", "table", "main")
        self._set(self._world, "-6", *everything, "::/0", "dev", "lo", "table", "main")

    def unmake(self) -> None:
        for each in self._all:
            with suppress(subprocess.CalledProcessError):
                _run("ip", "netns", "delete", each)

    @property
    def _all(self) -> tuple[str, ...]:
        return self._worker, self._machine, self._world

    def _link(self, far: str, far_name: str, near: str, near_name: str, number: str) -> None:
        _run(
            *("ip", "link", "add", far_name, "netns", far, "type", "veth"),
            *("peer", "name", near_name, "netns", near),
        )
        for network, name, host in ((near, near_name, 1), (far, far_name, 2)):
            self._set(network, "address", "add", f"10.{number}.0.{host}/24", "dev", name)
            self._set(
                network, "-6", "address", "add", f"fd{number}::{host}/64", "dev", name, "nodad"
            )
            self._set(network, "link", "set", name, "up")

    def _forward(self) -> None:
        script = (
            "for each in ipv4/ip_forward ipv6/conf/all/forwarding; do"
            " echo 1 >/proc/sys/net/$each; done;"
            " for each in /proc/sys/net/ipv4/conf/*/rp_filter; do echo 0 >$each; done"
        )
        _run("ip", "netns", "exec", self._machine, "sh", "-c", script)

    def _set(self, network: str, *words: str) -> None:
        _run("ip", "-n", network, *words)


@contextmanager
def three_networks() -> Iterator[ThreeNetworks]:
    networks = ThreeNetworks(f"egress{os.getpid()}")
    if os.geteuid() != 0:
        missing("a right to make networks")
    program("nft")
    try:
        networks.make()
        yield networks
    finally:
        networks.unmake()


def _run(name: str, *words: str) -> None:
    subprocess.run([program(name), *words], check=True, capture_output=True)
