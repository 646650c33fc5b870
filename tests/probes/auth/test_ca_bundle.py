"""Authorities of a site's own: they count for it, and instead of all others."""

from pathlib import Path

import pytest
import trustme
from pydantic import ValidationError

from domain.evaluation.outcome import Cause, Outcome
from probes.auth.registry import SCHEMES
from tests.probes.auth.asking import check, credential
from tests.probes.conftest import Prober
from tests.servers.certificates import Certificates
from tests.servers.site import ScriptedSite


def own(directory: Path) -> tuple[Certificates, str]:
    made = Certificates(directory)
    return made, made.cafile.read_text()


def test_a_bundle_makes_an_unknown_authority_count(probe: Prober, tmp_path: Path) -> None:
    made, text = own(tmp_path)
    with ScriptedSite(tls=made.valid()) as site:
        assert probe(site.url).cause is Cause.TLS
        held = credential("ca_bundle", {"certificates": text})
        assert check(probe, site.url, held).outcome is Outcome.UP
        assert probe(site.url).cause is Cause.TLS


def test_a_bundle_counts_instead_of_the_usual_authorities(
    probe: Prober, certificates: Certificates, tmp_path: Path
) -> None:
    held = credential("ca_bundle", {"certificates": own(tmp_path)[1]})
    with ScriptedSite(tls=certificates.valid()) as site:
        assert check(probe, site.url, held).cause is Cause.TLS


def test_a_bundle_holds_after_a_redirect_to_another_site(probe: Prober, tmp_path: Path) -> None:
    made, text = own(tmp_path)
    held = credential("ca_bundle", {"certificates": text})
    with ScriptedSite(tls=made.valid()) as there, ScriptedSite(tls=made.valid()) as here:
        here.answer = f"HTTP/1.1 302 Found\r\nLocation: {there.url}/\r\n\r\n".encode()
        assert check(probe, here.url, held).outcome is Outcome.UP
        assert there.count == 1


@pytest.mark.parametrize("text", ["", "no certificate", "-----BEGIN CERTIFICATE-----\nAAAA\n"])
def test_what_holds_no_certificate_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        SCHEMES["ca_bundle"].settings.model_validate({"certificates": text})


def test_too_many_certificates_are_refused() -> None:
    one = trustme.CA().cert_pem.bytes().decode()
    with pytest.raises(ValidationError, match="At most 100"):
        SCHEMES["ca_bundle"].settings.model_validate({"certificates": one * 101})
