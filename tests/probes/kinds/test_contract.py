"""What every kind that is a look finds of a server that misbehaves, and what it may not reach."""

import random
import socket
import struct
import time

import pytest

from domain.evaluation.outcome import Cause, Outcome
from probes.base import ProbeResult, Target
from probes.registry import KINDS
from security.egress.guard import EgressPolicy
from tests.probes.conftest import Prober, target_of
from tests.probes.network.test_async_resolver import ScriptedNames, asking
from tests.servers.raw import RawServer, Talk

STREAMS: dict[str, dict[str, object]] = {
    "ftp": {},
    "imap": {},
    "mqtt": {},
    "pop3": {},
    "redis": {},
    "smtp": {},
    "sql": {"starttls": False},
    "sql:mysql": {"starttls": False},
    "ssh": {},
    "tcp": {"expect": "welcome"},
    "tls": {},
    "websocket": {},
}
"""By kind, and by the scheme of its addresses if there are several protocols."""
SCHEMES = {"sql": "postgresql", "sql:mysql": "mysql", "websocket": "ws"}

each_stream = pytest.mark.parametrize("kind", STREAMS)


def target_at(kind: str, where: str, timeout: float = 5) -> Target:
    name = kind.partition(":")[0]
    url = KINDS[name].validate_url(f"{SCHEMES.get(kind, kind)}://{where}")
    return target_of(name, url, STREAMS[kind], timeout=timeout)


def check(probe: Prober, kind: str, where: str, timeout: float = 5) -> ProbeResult:
    return probe.check(target_at(kind, where, timeout))


def verdict(probe: Prober, kind: str, talk: Talk, timeout: float = 5) -> tuple[Cause, str]:
    with RawServer(talk) as server:
        result = check(probe, kind, f"127.0.0.1:{server.port}", timeout)
    assert result.outcome is Outcome.DOWN
    assert result.timings.total > 0
    return result.cause, result.detail


def saying(words: bytes) -> Talk:
    def talk(sock: socket.socket) -> None:
        sock.sendall(words)
        sock.settimeout(1)
        while sock.recv(4096):
            pass

    return talk


def silence(sock: socket.socket) -> None:
    while sock.recv(4096):
        pass


def hang_up(sock: socket.socket) -> None:
    sock.shutdown(socket.SHUT_WR)
    sock.settimeout(1)
    while sock.recv(4096):
        pass


def reset(sock: socket.socket) -> None:
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def drip(sock: socket.socket) -> None:
    while True:
        sock.sendall(b"2")
        time.sleep(0.05)


def test_every_look_over_a_stream_is_tried_here() -> None:
    others = {"dns", "icmp", "udp"}
    tried = {kind.partition(":")[0] for kind in STREAMS}
    assert tried | others == {name for name, kind in KINDS.items() if kind.probe_async}


@each_stream
def test_a_closed_port_is_refused(probe: Prober, nobody: str, kind: str) -> None:
    result = check(probe, kind, nobody.removeprefix("http://"))
    assert (result.outcome, result.cause) == (Outcome.DOWN, Cause.REFUSED)
    assert result.detail == f"Connection refused on port {nobody.rpartition(':')[2]}."


@each_stream
def test_a_silent_server_is_down_in_time(probe: Prober, kind: str) -> None:
    assert verdict(probe, kind, silence, 0.5) == (
        Cause.TIMEOUT,
        "No complete answer within 0.5 s.",
    )


@each_stream
def test_a_server_that_drips_is_down_in_time(probe: Prober, kind: str) -> None:
    cause, _ = verdict(probe, kind, drip, 0.5)
    assert cause in {Cause.TIMEOUT, Cause.PROTOCOL, Cause.TLS}


@each_stream
def test_garbage_is_not_taken_for_an_answer(probe: Prober, kind: str) -> None:
    cause, detail = verdict(probe, kind, saying(b"\x00\xff\x01garbage \x1b[31m\r\n" * 300), 2)
    assert cause in {Cause.PROTOCOL, Cause.ANSWER, Cause.TLS}
    assert detail.isprintable()
    assert len(detail) < 200


@each_stream
def test_an_endless_line_is_broken_off(probe: Prober, kind: str) -> None:
    def endless(sock: socket.socket) -> None:
        while True:
            sock.sendall(b"220-" * 4096)

    cause, _ = verdict(probe, kind, endless, 3)
    assert cause in {Cause.PROTOCOL, Cause.ANSWER, Cause.TLS}


@each_stream
def test_a_server_that_hangs_up_is_told_so(probe: Prober, kind: str) -> None:
    cause, _ = verdict(probe, kind, hang_up)
    expected = {"tcp": Cause.ANSWER, "tls": Cause.TLS}
    assert cause is expected.get(kind, Cause.CLOSED)


@each_stream
def test_a_reset_is_a_closed_connection(probe: Prober, kind: str) -> None:
    assert verdict(probe, kind, reset) == (Cause.CLOSED, "The connection was reset.")


@each_stream
def test_a_name_that_does_not_exist_is_down(kind: str) -> None:
    with asking(ScriptedNames(gone_test=socket.EAI_NONAME)) as probe:
        result = check(probe, kind, "gone.test:2000")
    assert (result.outcome, result.cause) == (Outcome.DOWN, Cause.DNS)
    assert result.detail == "The name gone.test does not resolve."


@each_stream
def test_a_name_that_leads_inside_is_blocked(kind: str) -> None:
    asked: list[bytes] = []
    with RawServer(lambda sock: asked.append(sock.recv(1))) as server:
        names = ScriptedNames(inside_test=["127.0.0.1", "169.254.169.254", "::1"])
        with asking(names, EgressPolicy("public")) as probe:
            result = check(probe, kind, f"inside.test:{server.port}")
    assert (result.outcome, result.cause, asked) == (Outcome.UNKNOWN, Cause.BLOCKED, [])
    assert "127.0.0.1" not in result.detail


@each_stream
def test_invariant_1_without_a_name_server_of_ours_nothing_is_known(kind: str) -> None:
    with asking(ScriptedNames(any_test=socket.EAI_AGAIN).without_answers()) as probe:
        result = check(probe, kind, "any.test:2000")
    assert (result.outcome, result.cause) == (Outcome.UNKNOWN, Cause.INTERNAL)
    assert result.detail == "The name resolver of this worker does not answer."


@each_stream
@pytest.mark.parametrize(
    "bad",
    [
        "",
        "http://example.com/",
        "{scheme}://",
        "{scheme}://user:pw@example.com:2000",
        "{scheme}://example.com:0",
        "{scheme}://example.com:65536",
        "{scheme}://exa mple.com:2000",
        "{scheme}://example.com:2000\r\nX",
        "{scheme}://-.example.com:2000",
        "{scheme}://[::1:2000",
        "{scheme}://example.com:2000\\@127.0.0.1",
        "x{scheme}://example.com:2000",
    ],
)
def test_a_bad_address_is_refused_in_words(kind: str, bad: str) -> None:
    with pytest.raises(ValueError, match=r"\.$"):
        KINDS[kind.partition(":")[0]].validate_url(bad.format(scheme=SCHEMES.get(kind, kind)))


@each_stream
def test_whatever_a_server_says_is_its_own_fault_and_not_ours(probe: Prober, kind: str) -> None:
    chance = random.Random(kind)
    starts = (b"", b"220 ", b"220-x\r\n", b"* OK\r\n", b"+OK\r\n", b"SSH-", b"HTTP/1.1 101 x\r\n")
    more = (b"\x20\x02\x00", b"\x16\x03\x03\x00\x10\x02\x00\x00\x0c", b"\x15\x03\x03\x00\x02\x02")
    for start in (*starts, *more):
        said = start + chance.randbytes(chance.choice((0, 3, 40, 2000)))
        with RawServer(saying(said)) as server:
            result = check(probe, kind, f"127.0.0.1:{server.port}", 0.3)
        assert result.outcome in {Outcome.DOWN, Outcome.UP}, (said, result)
        assert result.detail.isprintable()
