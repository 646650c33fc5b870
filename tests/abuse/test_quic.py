"""Abuse 16: neither HTTP/3 nor an alternative service leads anybody to where TCP may not go."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from domain.evaluation.outcome import Outcome
from probes.kinds.http_settings import HttpSettings
from tests.abuse.looking import PUBLIC, Names, Watcher
from tests.abuse.test_addresses import LOOPBACKS_IN_IPV6, METADATA, PRIVATE, TUNNELS
from tests.probes.conftest import target
from tests.servers.certificates import Certificates
from tests.servers.site import ScriptedSite


@pytest.fixture
def secure(watcher: Watcher, certificates: Certificates) -> Iterator[ScriptedSite]:
    del watcher
    with ScriptedSite(host=PUBLIC[0], port=443, tls=certificates.valid()) as site:
        yield site


def datagrams() -> int:
    """Count the datagrams of UDP that came to this network, wanted or not."""
    total = 0
    lines = Path("/proc/thread-self/net/snmp").read_text(encoding="ascii").splitlines()
    names, figures = [line.split()[1:] for line in lines if line.startswith("Udp:")]
    total += sum(
        int(dict(zip(names, figures, strict=True))[name]) for name in ("InDatagrams", "NoPorts")
    )
    for line in Path("/proc/thread-self/net/snmp6").read_text(encoding="ascii").splitlines():
        name, figure = line.split()
        total += int(figure) if name in {"Udp6InDatagrams", "Udp6NoPorts"} else 0
    return total


@pytest.mark.parametrize("host", [*PRIVATE, *LOOPBACKS_IN_IPV6, *METADATA, *TUNNELS])
def test_abuse_16_http3_goes_where_tcp_goes_and_nowhere_else(
    watcher: Watcher, names: Names, host: str
) -> None:
    shown = f"[{host}]" if ":" in host and "[" not in host else host
    watcher.assert_blocked(target(f"https://{shown}/", http_version="3"))
    if not host.startswith(("[fe80", "[ff02")):
        names["quic.example"] = [host.strip("[]")]
        watcher.assert_blocked(target("https://quic.example:8443/", http_version="3"))


def test_abuse_16_http3_does_not_reach_the_port_of_another_service(watcher: Watcher) -> None:
    for port in (53, 161, 6379, 11211):
        watcher.assert_blocked(target(f"https://{PUBLIC[0]}:{port}/", http_version="3"))


def test_http3_to_a_public_address_is_sent(watcher: Watcher) -> None:
    before = datagrams()
    result = watcher.probe(f"https://{PUBLIC[0]}:8443/", http_version="3", timeout=2)
    assert result.outcome is Outcome.DOWN
    assert datagrams() > before


@pytest.mark.parametrize(
    "offer",
    [
        'h3=":443"; ma=86400',
        'h3="127.0.0.1:443"; ma=86400; persist=1',
        'h3="[::1]:8443", h2="10.0.0.1:443", h3-29="169.254.169.254:80"',
        'h2="10.0.0.1:443"; ma=86400',
        "clear",
    ],
)
def test_abuse_16_an_alternative_service_is_not_taken_up(
    watcher: Watcher, secure: ScriptedSite, offer: str
) -> None:
    secure.answer = f"HTTP/1.1 200 OK\r\nAlt-Svc: {offer}\r\nContent-Length: 0\r\n\r\n".encode()
    before = datagrams()
    for _ in range(3):
        assert watcher.probe(secure.url, verify_tls=False).outcome is Outcome.UP
    assert secure.count == 3
    assert datagrams() == before


def test_abuse_16_a_version_of_http_is_asked_for_and_never_chosen() -> None:
    assert HttpSettings().http_version == ""
