"""The processes of Negotiate: none starts without need, shows a secret, or is left behind."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psutil
import pytest

from domain.evaluation.outcome import Cause, Outcome
from probes.auth.negotiate.realm import configuration
from security.egress.guard import EgressPolicy
from tests.probes.auth.asking import authorized, check
from tests.probes.auth.realm import PASSWORD, Realm
from tests.probes.conftest import Prober, target, until
from tests.servers import hostile
from tests.servers.certificates import Certificates
from tests.servers.kdc import REALM
from tests.servers.raw import RawServer
from tests.servers.site import ScriptedSite

ENDED = "The key distribution center did not answer. The check timed out first."


def helpers() -> list[psutil.Process]:
    """Find those that run now."""
    found = []
    for child in psutil.Process().children():
        with suppress(psutil.Error):
            if "probes.auth.negotiate.process" in child.cmdline():
                found.append(child)
    return found


def test_a_centre_that_hangs_ends_with_the_check_and_shows_no_secret(
    probe: Prober, realm: Realm
) -> None:
    with RawServer(hostile.silence) as silent, ScriptedSite() as site:
        held = realm.held(kdcs=[silent.url.removeprefix("http://").rstrip("/")])
        wanted = target(site.url, timeout=5, allow_plaintext_credentials=True)
        probe.engine.submit("hanging", authorized(wanted, held))
        until(lambda: bool(helpers()))
        [helper] = helpers()
        assert "canary" not in " ".join(helper.cmdline())
        assert "canary" not in str(helper.environ())
        key, result = probe.next(timeout=30)
        assert (key, site.count) == ("hanging", 0)
        until(lambda: not helpers())
    assert (result.outcome, result.cause) == (Outcome.DOWN, Cause.AUTHORIZATION)
    assert result.detail == ENDED


@contextmanager
def public(certificates: Certificates) -> Iterator[Prober]:
    prober = Prober(EgressPolicy("public"), cafile=str(certificates.cafile))
    prober.engine.start()
    yield prober
    prober.engine.stop(0)


@pytest.mark.parametrize(
    "place", ["127.0.0.1", "[::1]:88", "169.254.169.254", "localhost", "kdc.internal", "8.8.8.8:22"]
)
def test_invariant_8_no_process_starts_for_a_centre_in_private_space(
    certificates: Certificates, realm: Realm, place: str
) -> None:
    with public(certificates) as probe:
        result = check(probe, "https://192.0.2.1/", realm.held(kdcs=[place]))
    assert (result.outcome, result.cause) == (Outcome.UNKNOWN, Cause.BLOCKED)
    assert result.detail.startswith("The key distribution center did not answer. This service may")
    assert not helpers()


def test_an_engine_that_stops_leaves_no_process_behind(
    certificates: Certificates, realm: Realm
) -> None:
    stopping = Prober(EgressPolicy("any"), cafile=str(certificates.cafile))
    stopping.engine.start()
    with RawServer(hostile.silence) as silent, ScriptedSite() as site:
        held = realm.held(kdcs=[silent.url.removeprefix("http://").rstrip("/")])
        wanted = target(site.url, timeout=30, allow_plaintext_credentials=True)
        stopping.engine.submit("hanging", authorized(wanted, held))
        until(lambda: bool(helpers()))
        assert stopping.engine.in_flight == 1
        stopping.engine.stop(0)
        key, result = stopping.next(timeout=10)
    assert (key, result.outcome, result.cause) == ("hanging", Outcome.UNKNOWN, Cause.INTERNAL)
    assert not helpers()


def started(kdc_port: int, *, seconds: float) -> "subprocess.Popen[bytes]":
    """Start a process by hand, for the tests in which nobody looks after it."""
    process = subprocess.Popen(
        [sys.executable, "-I", "-m", "probes.auth.negotiate.process"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={},
    )
    task = {
        "seconds": seconds,
        "configuration": configuration(REALM, [("127.0.0.1", kdc_port)]),
        "principal": f"monitor@{REALM}",
        "password": PASSWORD,
        "service": f"HTTP/127.0.0.1@{REALM}",
    }
    assert process.stdin
    process.stdin.write(json.dumps(task).encode() + b"\n")
    process.stdin.flush()
    return process


def test_a_process_whose_worker_died_ends_even_inside_of_libkrb5() -> None:
    with RawServer(hostile.silence) as silent, started(silent.port, seconds=0.5) as process:
        assert process.wait(timeout=30) == -signal.SIGALRM


def test_a_process_ends_with_its_input(realm: Realm) -> None:
    with started(realm.kdc.port, seconds=60) as process:
        assert process.stdin
        assert process.stdout
        assert "token" in json.loads(process.stdout.readline())
        process.stdin.close()
        assert process.wait(timeout=30) == 0


@pytest.mark.parametrize("said", [b"", b"{", b"x" * 1_000_000, b"{}\n"])
def test_a_process_that_is_told_nothing_of_use_ends(said: bytes) -> None:
    command = [sys.executable, "-I", "-m", "probes.auth.negotiate.process"]
    done = subprocess.run(command, input=said, capture_output=True, env={}, timeout=30, check=False)
    assert done.stdout == b""


def test_many_conversations_at_once_all_end(probe: Prober, realm: Realm) -> None:
    with ScriptedSite() as site:
        wanted = target(site.url, timeout=25, allow_plaintext_credentials=True)
        wanted = authorized(wanted, realm.held())
        for number in range(50):
            probe.engine.submit(number, wanted)
        found = dict(probe.next(timeout=60) for _ in range(50))
        tokens = {each.partition(b"Negotiate ")[2].partition(b"\r")[0] for each in site.received}
    assert len(tokens) == 50
    assert {each.outcome for each in found.values()} == {Outcome.UP}
    assert not helpers()
