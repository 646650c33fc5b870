"""When the certificate runs out: what a check that is asked to finds out besides its verdict."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from domain.evaluation.outcome import Outcome
from domain.expiry import Subject
from probes.base import ProbeResult
from tests.probes.conftest import Prober, target
from tests.servers.certificates import Certificates
from tests.servers.site import ScriptedSite


def noted(probe: Prober, url: str, **more: object) -> ProbeResult:
    return probe.check(replace(target(url, **more), note_expiry=True))  # type: ignore[arg-type] # the settings of any kind


def days_left(result: ProbeResult) -> float:
    assert result.expiry is not None
    assert result.expiry.subject is Subject.CERTIFICATE
    return (result.expiry.expires_at - datetime.now(UTC)) / timedelta(days=1)


@pytest.mark.parametrize("kind", ["http", "tls"])
def test_a_check_notes_when_the_certificate_runs_out(
    probe: Prober, certificates: Certificates, kind: str
) -> None:
    with ScriptedSite(tls=certificates.lasting(60)) as site:
        url = site.url if kind == "http" else f"tls://127.0.0.1:{site.port}"
        result = noted(probe, url, kind=kind)
    assert result.outcome is Outcome.UP
    assert days_left(result) == pytest.approx(60, abs=0.01)


def test_all_kinds_know_the_same_certificate_by_the_same_identity(
    probe: Prober, certificates: Certificates
) -> None:
    with ScriptedSite(tls=certificates.lasting(60)) as site:
        web = noted(probe, site.url)
        handshake = noted(probe, f"tls://127.0.0.1:{site.port}", kind="tls")
    with ScriptedSite(tls=certificates.lasting(60)) as site:
        renewed = noted(probe, site.url)
    assert web.expiry == handshake.expiry != renewed.expiry


def test_a_check_that_is_not_asked_to_finds_out_nothing(
    probe: Prober, certificates: Certificates
) -> None:
    with ScriptedSite(tls=certificates.lasting(60)) as site:
        noted(probe, site.url)
        assert probe(site.url).expiry is None
        assert probe(f"tls://127.0.0.1:{site.port}", kind="tls").expiry is None


def test_what_is_not_encrypted_has_nothing_that_runs_out(probe: Prober) -> None:
    with ScriptedSite() as site:
        assert noted(probe, site.url).expiry is None


def test_a_verdict_that_is_not_good_tells_it_all_the_same(
    probe: Prober, certificates: Certificates
) -> None:
    with ScriptedSite(tls=certificates.lasting(10)) as site:
        site.answer = 500
        assert days_left(noted(probe, site.url)) == pytest.approx(10, abs=0.01)
        degraded = noted(probe, f"tls://127.0.0.1:{site.port}", kind="tls")
    assert degraded.outcome is Outcome.DEGRADED
    assert days_left(degraded) == pytest.approx(10, abs=0.01)


def test_of_the_hops_of_a_redirect_the_one_that_runs_out_first_counts(
    probe: Prober, certificates: Certificates
) -> None:
    with (
        ScriptedSite(tls=certificates.lasting(50)) as end,
        ScriptedSite(tls=certificates.lasting(20)) as begin,
    ):
        begin.answer = f"HTTP/1.1 302 Found\r\nLocation: {end.url}/\r\n\r\n".encode()
        assert days_left(noted(probe, begin.url)) == pytest.approx(20, abs=0.01)
