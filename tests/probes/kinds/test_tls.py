"""Certificates and handshakes: what counts, and in which words a user hears of it."""

import pytest

from domain.evaluation.outcome import Cause, Outcome
from tests.probes.conftest import Prober
from tests.servers import hostile
from tests.servers.certificates import Certificates
from tests.servers.raw import RawServer
from tests.servers.site import ScriptedSite

KINDS = {
    "expired": "The certificate has expired.",
    "not_yet_valid": "The certificate is not valid yet.",
    "self_signed": "The certificate is not trusted: self-signed certificate.",
    "of_an_unknown_authority": (
        "The certificate is not trusted: its issuer is unknown, or the server leaves out the chain."
    ),
    "for_another_name": "The certificate is not for this name.",
}


def test_a_valid_certificate_is_up_and_its_handshake_is_timed(
    probe: Prober, certificates: Certificates
) -> None:
    with ScriptedSite(tls=certificates.valid()) as site:
        result = probe(site.url)
    assert result.outcome is Outcome.UP
    assert 0 < result.timings.tls < result.timings.total


@pytest.mark.parametrize("kind", KINDS)
def test_a_bad_certificate_is_down_and_says_why(
    probe: Prober, certificates: Certificates, kind: str
) -> None:
    with ScriptedSite(tls=getattr(certificates, kind)()) as site:
        result = probe(site.url)
        assert (result.outcome, result.cause) == (Outcome.DOWN, Cause.TLS)
        assert result.detail == KINDS[kind]
        assert site.count == 0


@pytest.mark.parametrize("kind", KINDS)
def test_who_turns_verification_off_does_not_hear_of_it(
    probe: Prober, certificates: Certificates, kind: str
) -> None:
    with ScriptedSite(tls=getattr(certificates, kind)()) as site:
        assert probe(site.url, verify_tls=False).outcome is Outcome.UP


def test_another_name_is_told_from_another_address(
    probe: Prober, certificates: Certificates
) -> None:
    with ScriptedSite(tls=certificates.for_another_name()) as site:
        result = probe(site.url.replace("127.0.0.1", "localhost"))
    assert (result.cause, result.detail) == (Cause.TLS, KINDS["for_another_name"])


def test_a_check_without_verification_leaves_the_next_one_strict(
    probe: Prober, certificates: Certificates
) -> None:
    with ScriptedSite(tls=certificates.self_signed()) as site:
        assert probe(site.url, verify_tls=False).outcome is Outcome.UP
        assert probe(site.url).cause is Cause.TLS


def test_a_site_that_speaks_only_old_tls_is_down(probe: Prober, certificates: Certificates) -> None:
    with ScriptedSite(tls=certificates.with_old_protocol()) as site:
        result = probe(site.url)
    assert (result.outcome, result.cause) == (Outcome.DOWN, Cause.TLS)
    assert result.detail == "The TLS handshake failed: the server closed the connection."


def test_a_site_that_speaks_no_tls_at_all_is_down(probe: Prober) -> None:
    with RawServer(hostile.saying(b"220 hello\r\n")) as server:
        result = probe(server.url.replace("http://", "https://"), timeout=1)
    assert (result.outcome, result.cause) in {
        (Outcome.DOWN, Cause.TLS),
        (Outcome.DOWN, Cause.TIMEOUT),
    }


def test_a_handshake_without_end_is_out_of_time(probe: Prober) -> None:
    with RawServer(hostile.silence) as server:
        result = probe(server.url.replace("http://", "https://"), timeout=1)
    assert (result.outcome, result.cause) == (Outcome.DOWN, Cause.TIMEOUT)
