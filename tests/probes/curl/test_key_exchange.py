"""What is offered for the exchange of keys: little for a public page, everything around a secret."""

import socket
from collections.abc import Iterator

import pytest

from domain.evaluation.outcome import Cause, Outcome
from tests.probes.conftest import Prober, target_of
from tests.servers.certificates import Certificates
from tests.servers.choosy import choosy
from tests.servers.raw import RawServer

POST_QUANTUM = "0x11ec"
"""X25519MLKEM768, which the server has no name for."""


@pytest.fixture(scope="module")
def site(certificates: Certificates) -> Iterator[str]:
    with choosy(certificates, "X25519") as url:
        yield url


def test_a_public_page_is_asked_for_without_a_post_quantum_key(probe: Prober, site: str) -> None:
    assert probe(site, keyword="X25519").outcome is Outcome.UP
    assert probe(site, keyword=POST_QUANTUM).cause is Cause.KEYWORD_MISSING


@pytest.mark.parametrize(
    ("path", "settings"),
    [
        ("", {"headers": {"Accept": "text/plain"}}),
        ("", {"method": "POST", "body": "words"}),
        ("?token=words", {}),
    ],
)
def test_what_may_be_secret_is_said_behind_a_post_quantum_key(
    probe: Prober, site: str, path: str, settings: dict[str, object]
) -> None:
    wanted = target_of("http", site + path, {"keyword": POST_QUANTUM, **settings})
    assert probe.check(wanted).outcome is Outcome.UP


def test_what_one_check_offered_changes_nothing_for_the_next(probe: Prober, site: str) -> None:
    for keyword, path in (("X25519", ""), (POST_QUANTUM, "?a=b"), ("X25519", "")):
        result = probe(site + path, keyword=keyword)
        assert result.outcome is Outcome.UP
    assert probe(site, keyword=POST_QUANTUM).outcome is Outcome.DOWN


def test_a_site_that_takes_none_of_the_few_groups_is_up(
    probe: Prober, certificates: Certificates
) -> None:
    with choosy(certificates, "X448") as url:
        result = probe(url)
    assert result.outcome is Outcome.UP


def test_a_site_that_refuses_every_offer_is_asked_twice_and_no_more(probe: Prober) -> None:
    with RawServer(_refuses) as server:
        result = probe(server.url.replace("http://", "https://"))
        assert (result.cause, result.detail) == (
            Cause.TLS,
            "The TLS handshake failed: the server accepts no offered cipher or key exchange.",
        )
        assert server.accepted == 2


def _refuses(connection: socket.socket) -> None:
    """Answer any offer with the alert `handshake_failure`."""
    connection.recv(65_536)
    connection.sendall(bytes.fromhex("15 0303 0002 02 28"))
