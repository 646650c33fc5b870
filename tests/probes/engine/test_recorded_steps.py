"""The steps of a test run of kinds outside of libcurl: what both sides said, without secrets."""

import socket
from dataclasses import replace

import pytest

from domain.evaluation.outcome import Outcome
from probes.base import Target
from probes.engine.one_off_check import Report, TestRunStep, check_once
from probes.urls import origin_of
from security.egress.guard import EgressPolicy
from tests.probes.auth.asking import credential
from tests.probes.conftest import target_of
from tests.probes.kinds.test_contract import STREAMS, hang_up, target_at
from tests.probes.kinds.test_logins import conversation
from tests.servers.raw import RawServer

ANY = EgressPolicy(mode="any")
PASSWORD = "canary-password"


def recorded(wanted: Target) -> tuple[Report, dict[str, TestRunStep]]:
    report = check_once(wanted, ANY)
    return report, {step.name: step for step in report.steps}


def logging_in(kind: str, port: int) -> Target:
    url = f"{kind}://localhost:{port}"
    held = credential("basic", {"username": "ada", "password": PASSWORD})
    wanted = target_of(kind, url, {"allow_plaintext_credentials": True})
    own = replace(held, origins=frozenset({origin_of(url)}))
    return replace(wanted, credentials=(own,))


def test_a_mailbox_shows_each_part_of_its_conversation() -> None:
    said = (b"+OK ready\r\n", b"+OK\r\n", b"+OK mailbox of ada\r\n")
    with RawServer(conversation(*said, heard=[])) as server:
        report, steps = recorded(logging_in("pop3", server.port))
    assert report.result.outcome is Outcome.UP
    assert list(steps) == ["dns", "connect", "greeting", "login", "farewell"]
    assert "127.0.0.1" in steps["dns"].received
    assert (steps["greeting"].sent, steps["greeting"].received) == ("", "+OK ready")
    assert steps["login"].sent == "USER ada\nPASS •••"
    assert steps["login"].received == "+OK\n+OK mailbox of ada"
    total = report.result.timings.total
    assert 0 < sum(step.timings.total for step in report.steps) <= total * 1.01


def test_the_step_that_failed_says_why_and_shows_no_secret() -> None:
    said = (b"+OK ready\r\n", b"+OK\r\n", f"-ERR not {PASSWORD}\r\n".encode())
    with RawServer(conversation(*said, heard=[])) as server:
        report, steps = recorded(logging_in("pop3", server.port))
    assert report.result.outcome is Outcome.DOWN
    assert list(steps)[-1] == "login"
    assert steps["login"].failure == report.result.detail
    assert steps["login"].received == "+OK\n-ERR not •••"
    assert PASSWORD not in repr(report.steps)


@pytest.mark.parametrize("kind", STREAMS)
def test_every_kind_over_a_stream_has_steps(kind: str) -> None:
    with RawServer(hang_up) as server:
        report, steps = recorded(target_at(kind, f"127.0.0.1:{server.port}"))
    assert next(iter(steps)) == "connect"
    assert len(steps) > 1
    assert report.steps[-1].failure == report.result.detail


def test_a_text_that_is_not_printable_harms_no_terminal_and_no_database() -> None:
    with RawServer(lambda sock: sock.sendall(b"\x1b[31m\x00\xff" * 4000)) as server:
        report, steps = recorded(
            target_of("tcp", f"tcp://127.0.0.1:{server.port}", {"expect": "ready"})
        )
    assert report.result.outcome is Outcome.DOWN
    assert steps["exchange"].received.replace("\n", "").isprintable()
    assert len(steps["exchange"].received) <= 2001


def test_a_name_server_and_a_datagram_are_recorded_too() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as nobody:
        nobody.bind(("127.0.0.1", 0))
        port = nobody.getsockname()[1]
        asked, query = recorded(
            target_of(
                "dns", "dns://shop.example?type=MX", {"server": f"127.0.0.1:{port}"}, timeout=0.3
            )
        )
        _, steps = recorded(
            target_of("udp", f"udp://127.0.0.1:{port}", {"send": "hi"}, timeout=0.3)
        )
    assert query["query"].sent == "shop.example. IN MX"
    assert query["query"].failure == asked.result.detail == "No complete answer within 0.3 s."
    assert steps["exchange"].sent == "hi"
