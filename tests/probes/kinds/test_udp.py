"""The kind `udp`."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from pydantic import ValidationError

from domain.evaluation.outcome import Cause, Outcome
from probes.kinds.udp import UdpSettings, validate_url
from security.egress.guard import EgressPolicy
from tests.probes.conftest import Prober
from tests.probes.network.test_async_resolver import ScriptedNames, asking
from tests.servers.daemon import free_port


@contextmanager
def answering(answer: Callable[[bytes], bytes | None]) -> Iterator[str]:
    """Serve datagrams; nothing is answered where the function gives None."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))

        def serve() -> None:
            while True:
                data, peer = sock.recvfrom(4096)
                if data == b"the end":
                    return
                if (said := answer(data)) is not None:
                    sock.sendto(said, peer)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        port = sock.getsockname()[1]
        yield f"udp://127.0.0.1:{port}"
        sock.sendto(b"the end", ("127.0.0.1", port))
        thread.join(5)


def test_any_answer_is_up(probe: Prober) -> None:
    with answering(lambda data: data) as url:
        result = probe(url, kind="udp")
    assert result.outcome is Outcome.UP
    assert result.timings.first_byte > 0


def test_bytes_can_be_written_in_hex(probe: Prober) -> None:
    with answering(lambda data: b"\x00" + data[::-1]) as url:
        result = probe(url, kind="udp", encoding="hex", send="01ff02", expect="0002ff01")
    assert result.outcome is Outcome.UP


def test_another_answer_is_named(probe: Prober) -> None:
    with answering(lambda _: b"no\xff") as url:
        result = probe(url, kind="udp", send="hello", expect="yes")
    assert (result.outcome, result.cause) == (Outcome.DOWN, Cause.ANSWER)
    assert result.detail == "The answer does not contain the expected content: no·"


def test_silence_is_down_in_time(probe: Prober) -> None:
    with answering(lambda _: None) as url:
        result = probe(url, kind="udp", timeout=0.3)
    assert (result.outcome, result.cause) == (Outcome.DOWN, Cause.TIMEOUT)


def test_a_port_on_which_nobody_listens_is_refused(probe: Prober) -> None:
    port = free_port(socket.SOCK_DGRAM)
    result = probe(f"udp://127.0.0.1:{port}", kind="udp")
    assert (result.outcome, result.cause) == (Outcome.DOWN, Cause.REFUSED)


@pytest.mark.parametrize("port", [53, 123, 161, 11211])
def test_ports_that_amplify_are_not_sent_to(port: int) -> None:
    names = ScriptedNames(public_test=["203.0.112.1"])
    with asking(names, EgressPolicy("public")) as probe:
        result = probe(f"udp://public.test:{port}", kind="udp", timeout=1)
    assert (result.outcome, result.cause) == (Outcome.UNKNOWN, Cause.BLOCKED)


def test_bad_hex_is_refused() -> None:
    with pytest.raises(ValidationError, match="Must be hexadecimal"):
        UdpSettings(encoding="hex", send="0g")
    with pytest.raises(ValueError, match="The port is missing"):
        validate_url("udp://example.com")
