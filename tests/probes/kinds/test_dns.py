"""The kind `dns`, against dnsmasq, and against name servers that no one would write."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ipaddress import ip_network

import dns.message
import dns.rcode
import dns.resolver
import dns.rrset
import pytest
from pydantic import ValidationError

from domain.evaluation.outcome import Cause, Outcome
from probes.base import ProbeResult
from probes.kinds.dns import DnsSettings, validate_url
from security.egress.guard import EgressPolicy
from tests.probes.conftest import Prober, target_of
from tests.probes.network.test_async_resolver import ScriptedNames, asking
from tests.servers.daemon import daemon, free_port
from tests.servers.programs import program

LONG = "x" * 250


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    port = free_port()
    config = tmp_path_factory.mktemp("dnsmasq") / "dnsmasq.conf"
    config.write_text(
        f"port={port}\nlisten-address=127.0.0.1\nbind-interfaces\nno-resolv\nno-hosts\nuser=root\n"
        "keep-in-foreground\npid-file=\nlocal=/test/\nauth-ttl=60\n"
        "host-record=shop.test,192.0.2.10,2001:db8::10\n"
        "host-record=shop.test,192.0.2.11\n"
        "cname=www.shop.test,shop.test\n"
        "mx-host=shop.test,mail.shop.test,10\n"
        "srv-host=_sip._tcp.shop.test,sip.shop.test,5060,1,2\n"
        'txt-record=shop.test,"v=spf1 -all"\n'
        "caa-record=shop.test,0,issue,ca.test\n"
        + "".join(f'txt-record=long.test,"{number}{LONG}"\n' for number in range(8))
    )
    with daemon([program("dnsmasq"), f"--conf-file={config}"], port):
        yield f"127.0.0.1:{port}"


def ask(probe: Prober, name: str, server: str, *expected: str, **settings: object) -> ProbeResult:
    url = validate_url(f"dns://{name}")
    all_settings = {"server": server, "expected": expected, **settings}
    return probe.check(target_of("dns", url, all_settings))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("shop.test", ["192.0.2.10", "192.0.2.11"]),
        ("SHOP.test?type=AAAA", ["2001:DB8:0::10"]),
        ("www.shop.test", ["192.0.2.10"]),
        ("www.shop.test?type=cname", ["shop.test."]),
        ("shop.test?type=MX", ["10 Mail.shop.test"]),
        ("shop.test?type=TXT", ["v=spf1 -all"]),
        ("shop.test?type=CAA", ['0 issue "ca.test"']),
        ("_sip._tcp.shop.test?type=SRV", ["1 2 5060 sip.shop.test"]),
        ("192.0.2.10?type=PTR", ["shop.test"]),
        ("[2001:db8::10]?type=PTR", ["shop.test"]),
    ],
)
def test_records_are_as_expected(
    probe: Prober, server: str, name: str, expected: list[str]
) -> None:
    result = ask(probe, name, server, *expected)
    assert result.detail == ""
    assert result.outcome is Outcome.UP
    assert result.timings.first_byte > 0


def test_what_is_missing_is_named_with_what_was_found(probe: Prober, server: str) -> None:
    result = ask(probe, "shop.test", server, "192.0.2.10", "192.0.2.99")
    assert (result.outcome, result.cause) == (Outcome.DOWN, Cause.ANSWER)
    assert result.detail == "No A record is 192.0.2.99; found 192.0.2.10, 192.0.2.11."


def test_others_than_expected_count_only_where_that_is_wished(probe: Prober, server: str) -> None:
    assert ask(probe, "shop.test", server, "192.0.2.10").outcome is Outcome.UP
    result = ask(probe, "shop.test", server, "192.0.2.10", expected_mode="exact")
    assert result.detail == "Unexpected A records: 192.0.2.11."


def test_a_name_that_does_not_exist_is_down(probe: Prober, server: str) -> None:
    result = ask(probe, "gone.test", server)
    assert (result.outcome, result.cause) == (Outcome.DOWN, Cause.DNS)
    assert result.detail == "The name gone.test does not exist."


def test_a_name_without_such_a_record_is_down(probe: Prober, server: str) -> None:
    result = ask(probe, "shop.test?type=NS", server)
    assert (result.outcome, result.cause) == (Outcome.DOWN, Cause.ANSWER)
    assert result.detail == "The name shop.test has no NS record."


def test_a_refusal_is_named(probe: Prober, server: str) -> None:
    result = ask(probe, "example.org", server)
    assert (result.cause, result.detail) == (Cause.DNS, "The name server answered REFUSED.")


def test_a_long_answer_comes_over_tcp(probe: Prober, server: str) -> None:
    result = ask(probe, "long.test?type=TXT", server, f"7{LONG}")
    assert result.outcome is Outcome.UP
    assert result.timings.connect > 0


def test_a_server_can_be_named(server: str) -> None:
    with asking(ScriptedNames(ns_test=["127.0.0.1"])) as probe:
        result = ask(probe, "shop.test", f"ns.test:{server.rpartition(':')[2]}")
    assert result.outcome is Outcome.UP
    assert result.timings.dns > 0


def test_the_server_has_to_pass_the_guard(server: str) -> None:
    with asking(ScriptedNames(), EgressPolicy("public")) as probe:
        result = ask(probe, "shop.test", server)
    assert (result.outcome, result.cause) == (Outcome.UNKNOWN, Cause.BLOCKED)


def test_a_server_is_not_one_that_amplifies() -> None:
    with asking(ScriptedNames(), EgressPolicy("allowlist", (ip_network("127.0.0.0/8"),))) as probe:
        assert ask(probe, "shop.test", "127.0.0.1:11211").cause is Cause.BLOCKED
        assert ask(probe, "shop.test", "127.0.0.1:53").cause is not Cause.BLOCKED


@contextmanager
def answering(answer: Callable[[bytes], bytes | None]) -> Iterator[str]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))

        def serve() -> None:
            while (received := sock.recvfrom(4096))[0]:
                if said := answer(received[0]):
                    sock.sendto(said, received[1])

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"127.0.0.1:{sock.getsockname()[1]}"
        sock.sendto(b"", sock.getsockname())
        thread.join(5)


def test_an_answer_to_another_question_is_passed_over(probe: Prober) -> None:
    def forged(wire: bytes) -> bytes:
        answer = dns.message.make_response(dns.message.from_wire(wire))
        answer.id ^= 1
        return answer.to_wire()

    with answering(forged) as server:
        result = probe("dns://shop.test", kind="dns", server=server, timeout=0.5)
    assert (result.outcome, result.cause) == (Outcome.DOWN, Cause.TIMEOUT)


def test_a_question_that_is_lost_is_asked_again(probe: Prober) -> None:
    asked: list[bytes] = []

    def second_time(wire: bytes) -> bytes | None:
        asked.append(wire)
        answer = dns.message.make_response(dns.message.from_wire(wire))
        answer.answer.append(dns.rrset.from_text("shop.test.", 60, "IN", "A", "192.0.2.1"))
        return answer.to_wire() if len(asked) > 1 else None

    with answering(second_time) as server:
        assert ask(probe, "shop.test", server).outcome is Outcome.UP
    assert len(asked) == 2


@pytest.mark.parametrize(
    "garbage", [b"x", b"\xff" * 500, b"\x81\x80\0\1\0\1\0\0\0\0" + b"\xc0\x0c" * 20]
)
def test_garbage_is_not_taken_for_an_answer(probe: Prober, garbage: bytes) -> None:
    with answering(lambda wire: wire[:2] + garbage) as server:
        result = ask(probe, "shop.test", server)
    assert (result.outcome, result.cause) == (Outcome.DOWN, Cause.PROTOCOL)
    assert result.detail == "The answer is not valid DNS."


def test_a_closed_port_is_refused(probe: Prober) -> None:
    port = free_port(socket.SOCK_DGRAM)
    result = ask(probe, "shop.test", f"127.0.0.1:{port}")
    assert (result.outcome, result.cause) == (Outcome.DOWN, Cause.REFUSED)


# --- the worker's own resolver


@contextmanager
def own_server(monkeypatch: pytest.MonkeyPatch, where: str, *before: str) -> Iterator[None]:
    """Let the configuration of this machine name another server, after those that are before it."""
    address, _, port = where.rpartition(":")
    resolver = dns.resolver.Resolver(configure=False)
    resolver.nameservers = [*before, address]
    resolver.port = int(port)
    monkeypatch.setattr(dns.resolver, "default_resolver", resolver)
    yield


def rcode(code: dns.rcode.Rcode, *, but_for: str = "") -> Callable[[bytes], bytes]:
    def answer(wire: bytes) -> bytes:
        query = dns.message.from_wire(wire)
        response = dns.message.make_response(query)
        known = but_for and but_for in query.question[0].name.to_text()
        response.set_rcode(dns.rcode.NXDOMAIN if known else code)
        return response.to_wire()

    return answer


def test_our_own_server_is_asked_without_the_guard(
    monkeypatch: pytest.MonkeyPatch, server: str
) -> None:
    with own_server(monkeypatch, server), asking(ScriptedNames(), EgressPolicy("public")) as probe:
        assert probe("dns://shop.test", kind="dns").outcome is Outcome.UP
        inside = probe("dns://db.internal", kind="dns")
    assert (inside.outcome, inside.cause) == (Outcome.UNKNOWN, Cause.BLOCKED)


def test_a_name_whose_servers_fail_is_down_while_ours_answers(
    probe: Prober, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing = rcode(dns.rcode.SERVFAIL, but_for="invalid")
    with answering(failing) as server, own_server(monkeypatch, server):
        result = probe("dns://shop.test", kind="dns")
    assert (result.outcome, result.cause) == (Outcome.DOWN, Cause.DNS)
    assert result.detail == "The name server answered SERVFAIL."


def test_the_next_server_of_ours_is_asked_when_one_is_silent(
    probe: Prober, monkeypatch: pytest.MonkeyPatch, server: str
) -> None:
    with own_server(monkeypatch, server, "127.0.0.2"):
        assert probe("dns://shop.test", kind="dns", timeout=4).outcome is Outcome.UP


@pytest.mark.parametrize("answer", [rcode(dns.rcode.SERVFAIL), lambda _: None])
def test_invariant_1_a_failure_of_our_own_server_is_not_the_names(
    probe: Prober, monkeypatch: pytest.MonkeyPatch, answer: Callable[[bytes], bytes | None]
) -> None:
    with answering(answer) as server, own_server(monkeypatch, server):
        result = probe("dns://shop.test", kind="dns", timeout=1)
    assert (result.outcome, result.cause) == (Outcome.UNKNOWN, Cause.INTERNAL)
    assert result.detail == "The name resolver of this worker does not answer."


def test_a_name_that_hangs_is_down_while_ours_answers(
    probe: Prober, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = rcode(dns.rcode.NXDOMAIN)

    def hanging(wire: bytes) -> bytes | None:
        return known(wire) if b"invalid" in wire else None

    with answering(hanging) as server, own_server(monkeypatch, server):
        result = probe("dns://shop.test", kind="dns", timeout=1)
    assert (result.outcome, result.cause) == (Outcome.DOWN, Cause.DNS)
    assert result.detail == "The name servers of this name do not answer."


@pytest.mark.parametrize(
    "bad",
    [
        "",
        "shop.test",
        "dns://",
        "dns://shop.test:53",
        "dns://shop.test?type=ANY",
        "dns://shop.test?type=A&x=y",
        "dns://shop.test/path",
        "dns://192.0.2.1",
        "dns://192.0.2.1?type=MX",
        "dns://shop test",
        "dns://a..b",
    ],
)
def test_a_bad_address_is_refused_in_words(bad: str) -> None:
    with pytest.raises(ValueError, match=r"\.$"):
        validate_url(bad)


@pytest.mark.parametrize("bad", ["a b", "user@ns.test", "ns.test:0", "ns.test/x", "[::1", "x:y"])
def test_a_bad_server_is_refused(bad: str) -> None:
    with pytest.raises(ValidationError):
        DnsSettings(server=bad)


def test_a_server_is_stored_in_one_way() -> None:
    assert DnsSettings(server="NS.Test:53").server == "ns.test"
    assert DnsSettings(server="[0::1]:5353").server == "[::1]:5353"
