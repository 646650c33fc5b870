"""The kind `tcp`."""

import socket
from ipaddress import ip_network

import pytest
from pydantic import ValidationError

from domain.evaluation.outcome import Cause, Outcome
from probes.kinds.tcp import TcpSettings, validate_url
from security.egress.guard import EgressPolicy
from tests.probes.conftest import LOOPBACKS, Prober
from tests.probes.network.test_async_resolver import ScriptedNames, asking
from tests.servers.raw import RawServer


def echo(sock: socket.socket) -> None:
    while data := sock.recv(4096):
        sock.sendall(b"you said: " + data)


@pytest.mark.parametrize("host", LOOPBACKS)
def test_a_port_that_accepts_is_up_and_timed(probe: Prober, host: str) -> None:
    with RawServer(echo, host=host) as server:
        shown = f"[{host}]" if ":" in host else host
        result = probe(f"tcp://{shown}:{server.port}", kind="tcp")
    assert result.outcome is Outcome.UP
    assert 0 < result.timings.connect <= result.timings.total


def test_what_is_sent_is_answered_as_expected(probe: Prober) -> None:
    with RawServer(echo) as server:
        url = f"tcp://127.0.0.1:{server.port}"
        result = probe(url, kind="tcp", send="Grüße\r\n", expect="you said: Grüße")
    assert result.outcome is Outcome.UP
    assert result.timings.first_byte > 0


def test_other_words_are_named(probe: Prober) -> None:
    def busy(sock: socket.socket) -> None:
        sock.sendall(b"busy\x07\r\n")

    with RawServer(busy) as server:
        result = probe(f"tcp://127.0.0.1:{server.port}", kind="tcp", expect="ready")
    assert (result.outcome, result.cause) == (Outcome.DOWN, Cause.ANSWER)
    assert result.detail == "The answer does not contain the expected text: busy·"


def test_other_words_are_named_when_the_time_is_over_too(probe: Prober) -> None:
    with RawServer(echo) as server:
        url = f"tcp://127.0.0.1:{server.port}"
        result = probe(url, kind="tcp", send="password=canary", expect="ready", timeout=0.5)
    assert (result.outcome, result.cause) == (Outcome.DOWN, Cause.TIMEOUT)
    assert result.detail == (
        "No answer with the expected text within 0.5 s. Received: you said: password=***"
    )


def test_a_slow_answer_is_degraded(probe: Prober) -> None:
    def slow(sock: socket.socket) -> None:
        sock.settimeout(0.1)
        try:
            sock.recv(1)
        except TimeoutError:
            sock.sendall(b"ready")

    with RawServer(slow) as server:
        result = probe(
            f"tcp://127.0.0.1:{server.port}", kind="tcp", expect="ready", latency_threshold_ms=50
        )
    assert (result.outcome, result.cause) == (Outcome.DEGRADED, Cause.SLOW)


def test_the_next_address_is_tried_when_one_refuses() -> None:
    with (
        RawServer(echo) as server,
        asking(ScriptedNames(two_test=["127.0.0.2", "127.0.0.1"])) as probe,
    ):
        assert probe(f"tcp://two.test:{server.port}", kind="tcp").outcome is Outcome.UP


def test_one_version_of_ip_can_be_forced() -> None:
    names = ScriptedNames(only_test=["127.0.0.1"])
    with RawServer(echo) as server, asking(names) as probe:
        url = f"tcp://only.test:{server.port}"
        assert probe(url, kind="tcp", ip_version="4").outcome is Outcome.UP
        result = probe(url, kind="tcp", ip_version="6")
    assert (result.outcome, result.cause) == (Outcome.DOWN, Cause.DNS)
    assert result.detail == "The host has no IPv6 address."


def test_words_of_a_user_are_not_sent_to_ports_of_stores() -> None:
    policy = EgressPolicy("allowlist", (ip_network("127.0.0.0/8"),))
    with asking(ScriptedNames(), policy) as probe:
        spoken = probe("tcp://127.0.0.1:11211", kind="tcp", send="flush_all\r\n", expect="OK")
        connected = probe("tcp://127.0.0.1:11211", kind="tcp")
    assert (spoken.outcome, spoken.cause) == (Outcome.UNKNOWN, Cause.BLOCKED)
    assert connected.cause is Cause.REFUSED


def test_what_is_sent_needs_something_expected() -> None:
    with pytest.raises(ValidationError, match="an `expect` is required"):
        TcpSettings(send="hello")


def test_a_port_is_required() -> None:
    with pytest.raises(ValueError, match="The port is missing"):
        validate_url("tcp://example.com")
    assert validate_url("TCP://EXAMPLE.com:0022/") == "tcp://example.com:22"
