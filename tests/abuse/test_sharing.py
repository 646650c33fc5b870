"""Abuse 23 and 24: no connection, cookie or session of TLS serves another, and no host is hammered."""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from queue import SimpleQueue

import pytest

from domain.evaluation.outcome import Cause, Outcome
from probes.base import ProbeResult
from probes.engine.engine import Engine
from probes.engine.fair_queue import Limits
from security.egress.guard import EgressPolicy
from tests.abuse.schemes import held
from tests.probes.auth.asking import authorized, check, credential
from tests.probes.conftest import Prober, target, target_of, until
from tests.servers import hostile
from tests.servers.certificates import Certificates
from tests.servers.raw import RawServer
from tests.servers.site import ScriptedSite

ANSWER = hostile.OK + b"Set-Cookie: session=of-the-first; Path=/\r\nContent-Length: 2\r\n\r\nhi"
ONE, OTHER = (credential("basic", {"username": name, "password": name}) for name in ("one", "two"))


@contextmanager
def recording(tls: ssl.SSLContext | None = None) -> Iterator[tuple[str, list[bytes], list[bool]]]:
    """Serve any number of requests on a connection; note each with its connection, and resumed sessions."""
    asked: list[bytes] = []
    resumed: list[bool] = []

    def talk(sock: socket.socket) -> None:
        if isinstance(sock, ssl.SSLSocket):
            resumed.append(bool(sock.session_reused))
        while request := hostile.hear(sock):
            asked.append(b"%d " % sock.getpeername()[1] + request)
            sock.sendall(ANSWER)

    with RawServer(talk, tls=tls) as server:
        yield server.url, asked, resumed


def connections(asked: list[bytes]) -> set[bytes]:
    return {each.partition(b" ")[0] for each in asked}


def test_abuse_23_every_check_has_its_own_connection_and_no_cookie_of_another(
    probe: Prober,
) -> None:
    with recording() as (url, asked, _):
        for each in (ONE, OTHER, ONE):
            assert check(probe, url, each).outcome is Outcome.UP
        assert probe(url).outcome is Outcome.UP
    assert len(connections(asked)) == len(asked) == 4
    assert not any(b"cookie:" in each.lower() for each in asked)
    assert b"authorization" not in asked[-1].lower()


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_abuse_23_no_session_of_tls_is_resumed(
    probe: Prober, certificates: Certificates, version: ssl.TLSVersion
) -> None:
    context = certificates.valid()
    context.minimum_version = context.maximum_version = version
    with recording(context) as (url, asked, resumed):
        for each in (ONE, OTHER, ONE):
            assert check(probe, url, each).outcome is Outcome.UP
        place = url.removeprefix("https://")
        for _ in range(2):
            assert probe(f"tls://{place}", kind="tls", degraded_days=0).outcome is Outcome.UP
    assert resumed == [False] * 5
    assert len(connections(asked)) == 3


def test_abuse_23_checks_at_the_same_time_share_nothing_either(certificates: Certificates) -> None:
    results: SimpleQueue[ProbeResult] = SimpleQueue()
    engine = Engine(
        100, EgressPolicy("any"), lambda _, each: results.put(each), cafile=str(certificates.cafile)
    )
    engine.start()
    with recording(certificates.valid()) as (url, asked, resumed):
        for number in range(20):
            user = {"username": f"user-{number}", "password": "p"}
            wanted = authorized(target(url), credential("basic", user))
            engine.submit(number, wanted)
        assert {results.get(timeout=30).outcome for _ in range(20)} == {Outcome.UP}
    engine.stop(0)
    assert len(connections(asked)) == len(asked) == 20
    assert not any(resumed)


def test_abuse_23_what_one_credential_was_given_stays_with_it(probe: Prober) -> None:
    with ScriptedSite() as issuer, ScriptedSite() as site:
        fields = {"token_url": issuer.url, "allow_plaintext": True, "grant": "client_credentials"}
        mine, theirs = held("oauth2", **fields), held("oauth2", **fields)
        issuer.body = b'{"access_token": "token-of-mine"}'
        check(probe, site.url, mine)
        issuer.body = b'{"access_token": "token-of-theirs"}'
        check(probe, site.url, theirs)
        check(probe, site.url, mine)
        assert issuer.count == 2
    sent = [b"token-of-mine" in each for each in site.received]
    assert sent == [True, False, True]


def test_abuse_24_fifty_organizations_hammer_one_host_no_more_than_one_does() -> None:
    results: SimpleQueue[tuple[object, ProbeResult]] = SimpleQueue()
    engine = Engine(
        200, EgressPolicy("any"), lambda *each: results.put(each), limits=Limits(per_host=3)
    )
    lock, let_go = threading.Lock(), threading.Event()
    at_once: list[int] = [0]
    most: list[int] = [0]

    def talk(sock: socket.socket) -> None:
        hostile.hear(sock)
        with lock:
            at_once[0] += 1
            most[0] = max(most[0], at_once[0])
        let_go.wait(20)
        with lock:
            at_once[0] -= 1
        sock.sendall(hostile.OK + b"Content-Length: 0\r\n\r\n")

    engine.start()
    with RawServer(talk) as hammered, ScriptedSite() as other:
        for organization in range(50):
            for number in range(2):
                wanted = target(f"{hammered.url}/{organization}/{number}", timeout=25)
                engine.submit("hammered", replace(wanted, organization=organization))
        engine.submit("other", replace(target(other.url), organization=51))
        # Who looks at another host does not wait for any of them.
        key, result = results.get(timeout=15)
        assert (key, result.outcome) == ("other", Outcome.UP)
        until(lambda: at_once[0] == 3)
        assert hammered.accepted == 3
        let_go.set()
        outcomes = [results.get(timeout=30)[1].outcome for _ in range(100)]
    engine.stop(0)
    assert set(outcomes) == {Outcome.UP}
    assert most[0] <= 3


def test_abuse_24_waiting_for_such_a_host_ends_as_unknown_and_never_as_down() -> None:
    results: SimpleQueue[ProbeResult] = SimpleQueue()
    engine = Engine(
        100, EgressPolicy("any"), lambda _, each: results.put(each), limits=Limits(per_host=1)
    )
    engine.start()
    let_go = threading.Event()

    def talk(sock: socket.socket) -> None:
        hostile.hear(sock)
        let_go.wait(60)

    with RawServer(talk) as hammered:
        wanted = target(hammered.url, timeout=60)
        engine.submit(0, wanted)
        until(lambda: hammered.accepted == 1)
        for organization in range(1, 50):
            engine.submit(organization, replace(wanted, organization=organization), start_before=0)
        late = [results.get(timeout=60) for _ in range(49)]
        assert hammered.accepted == 1
        let_go.set()
    engine.stop(0)
    assert {each.cause for each in late} == {Cause.NO_RESULT}
    assert {each.outcome for each in late} == {Outcome.UNKNOWN}


NAMES = 40


class Victim:
    """Serves nobody before it is told to, and counts who asks at once."""

    def __init__(self) -> None:
        self._lock, self.let_go = threading.Lock(), threading.Event()
        self.at_once = self.most = 0

    def talk(self, sock: socket.socket) -> None:
        with self._lock:
            self.at_once += 1
            self.most = max(self.most, self.at_once)
        sock.recv(4096)
        self.let_go.wait(20)
        with self._lock:
            self.at_once -= 1
        sock.sendall(hostile.OK + b"Content-Length: 0\r\n\r\n")


@pytest.mark.abuse(117)
@pytest.mark.parametrize(
    ("kind", "settings"), [("http", {}), ("tcp", {"send": "Hello", "expect": "HTTP"})]
)
def test_abuse_117_many_names_of_one_address_hammer_it_no_more_than_one_does(
    kind: str, settings: dict[str, str]
) -> None:
    results: SimpleQueue[tuple[object, ProbeResult]] = SimpleQueue()
    limits = Limits(per_host=20, per_address=3)
    engine = Engine(
        200,
        EgressPolicy("any"),
        lambda *each: results.put(each),
        lookup=lambda _: ["127.0.0.1"],
        limits=limits,
    )
    victim = Victim()
    engine.start()
    with RawServer(victim.talk) as server, ScriptedSite(host="127.0.0.2") as other:
        port = server.url.rpartition(":")[2]
        for number in range(NAMES):
            url = f"{kind}://name{number}.test:{port}"
            wanted = target_of(kind, url, settings, timeout=25)
            engine.submit(number, replace(wanted, organization=number))
        engine.submit("other", replace(target(other.url), organization=NAMES))
        # Whoever checks another address does not wait for any of them.
        key, result = results.get(timeout=15)
        assert (key, result.outcome) == ("other", Outcome.UP)
        until(lambda: victim.at_once == 3)
        assert server.accepted == 3
        victim.let_go.set()
        found = dict(results.get(timeout=30) for _ in range(NAMES))
    engine.stop(0)
    assert {each.outcome for each in found.values()} == {Outcome.UP}
    assert victim.most <= 3
