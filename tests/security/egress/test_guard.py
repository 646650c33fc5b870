"""The guard at work: on libcurl's sockets, on plain ones, and on what a user writes."""

import socket

import pycurl
import pytest

from security.egress.guard import EgressError, EgressPolicy, Gate, connect, judge_url_host
from tests.servers import hostile
from tests.servers.raw import RawServer
from tests.servers.site import ScriptedSite

INSIDE = """
127.0.0.1 [::1] 127.1 2130706433 10.0.0.1 169.254.169.254 localhost LOCALHOST localhost.
app.localhost printer.local db.internal metadata.google.internal api.svc x.cluster.local
router.lan redis 1.0.0.10.in-addr.arpa 8.b.d.0.1.0.0.2.ip6.arpa
""".split()  # noqa: SIM905 - a table reads better


def fetch(url: str, gate: Gate, *, pinned: str | None = None) -> int:
    """Return libcurl's code for a request that goes through this gate."""
    curl = pycurl.Curl()
    curl.setopt(pycurl.URL, url)
    curl.setopt(pycurl.WRITEFUNCTION, len)
    curl.setopt(pycurl.TIMEOUT, 5)
    curl.setopt(pycurl.OPENSOCKETFUNCTION, gate.open_socket)
    if pinned:
        curl.setopt(pycurl.RESOLVE, [pinned])
    try:
        curl.perform()
    except pycurl.error as error:
        return int(error.args[0])
    finally:
        curl.close()
    return 0


def test_libcurl_connects_where_the_policy_permits() -> None:
    gate = Gate(EgressPolicy("any"))
    with ScriptedSite() as site:
        assert fetch(site.url, gate) == 0
    assert (gate.opened, gate.denied, gate.closed) == (1, 0, False)


@pytest.mark.abuse(2)
@pytest.mark.parametrize("host", ["127.0.0.1", "127.1", "2130706433", "0x7f.1", "0177.0.0.1"])
def test_no_spelling_of_an_address_gets_past_the_gate(host: str) -> None:
    gate = Gate(EgressPolicy("public"))
    with ScriptedSite() as site:
        code = fetch(f"http://{host}:{site.port}/", gate)
        assert site.count == 0
    assert code == pycurl.E_COULDNT_CONNECT
    assert gate.closed


@pytest.mark.abuse(6, 7)
def test_a_name_that_leads_inside_is_denied_at_its_socket() -> None:
    gate = Gate(EgressPolicy("public"))
    with ScriptedSite() as site:
        pinned = f"rebound.example:{site.port}:127.0.0.1"
        code = fetch(f"http://rebound.example:{site.port}/", gate, pinned=pinned)
        assert site.count == 0
    assert code == pycurl.E_COULDNT_CONNECT
    assert gate.closed


@pytest.mark.abuse(6)
def test_libcurl_goes_on_to_the_next_address_after_a_denied_one() -> None:
    gate = Gate(EgressPolicy("any"))
    with ScriptedSite() as site:
        pinned = f"mixed.example:{site.port}:169.254.1.1,127.0.0.1"
        assert fetch(f"http://mixed.example:{site.port}/", gate, pinned=pinned) == 0
    assert (gate.opened, gate.denied, gate.closed) == (1, 1, False)


def test_refused_is_told_from_denied(unused_port: int) -> None:
    gate = Gate(EgressPolicy("any"))
    assert fetch(f"http://127.0.0.1:{unused_port}/", gate) == pycurl.E_COULDNT_CONNECT
    assert (gate.closed, gate.opened) == (False, 1)
    gate.forget()
    assert (gate.closed, gate.opened) == (False, 0)


def test_a_socket_connects_to_the_address_that_was_judged() -> None:
    with RawServer(hostile.saying(b"hello")) as server:
        with connect("127.0.0.1", server.port, 5) as sock:
            assert sock.getpeername() == ("127.0.0.1", server.port)
            assert sock.gettimeout() == 5
        with pytest.raises(EgressError) as caught:
            connect("127.0.0.1", server.port, 5, EgressPolicy("public"))
    assert "127.0.0.1" not in str(caught.value)


def test_what_the_operator_names_may_be_inside_but_not_a_metadata_service() -> None:
    with pytest.raises(EgressError):
        connect("169.254.169.254", 25, 5)


def test_a_port_on_which_nobody_listens_is_refused(unused_port: int) -> None:
    with pytest.raises(ConnectionRefusedError):
        connect("127.0.0.1", unused_port, 5)


def test_a_name_that_does_not_exist_fails_as_such() -> None:
    with pytest.raises(socket.gaierror):
        connect("name-that-does-not-exist.invalid", 25, 5)


@pytest.mark.parametrize("host", INSIDE)
def test_a_host_that_surely_is_inside_is_refused_when_it_is_written(host: str) -> None:
    with pytest.raises(EgressError) as caught:
        judge_url_host(EgressPolicy("public"), host)
    assert isinstance(caught.value, ValueError)
    assert str(caught.value).endswith(".")


@pytest.mark.parametrize("host", ["example.com", "1.1.1.1", "[2606:4700::1]", "localhost.example"])
def test_a_public_host_may_be_written(host: str) -> None:
    judge_url_host(EgressPolicy("public"), host)


def test_what_is_inside_may_be_written_where_the_policy_says_so() -> None:
    for host in ("localhost", "127.0.0.1", "redis", "db.internal", "[::1]"):
        judge_url_host(EgressPolicy("any"), host)
    with pytest.raises(EgressError):
        judge_url_host(EgressPolicy("any"), "169.254.169.254")
