"""The kind `tls`."""

from datetime import UTC, datetime, timedelta
from functools import cache

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from pydantic import ValidationError

from domain.evaluation.outcome import Cause, Outcome
from probes.async_probe import Failed
from probes.kinds.tls import TlsSettings, judge, validate_url
from tests.probes.conftest import Prober
from tests.probes.kinds.test_tls import KINDS
from tests.servers.certificates import Certificates
from tests.servers.site import ScriptedSite

NOW = datetime(2030, 1, 1, tzinfo=UTC)


def where(site: ScriptedSite) -> str:
    return f"tls://127.0.0.1:{site.port}"


def test_a_certificate_that_lasts_is_up_and_timed(
    probe: Prober, certificates: Certificates
) -> None:
    with ScriptedSite(tls=certificates.lasting(60)) as site:
        result = probe(where(site), kind="tls")
    assert result.outcome is Outcome.UP
    assert 0 < result.timings.tls < result.timings.total


@pytest.mark.parametrize(
    ("days", "settings", "outcome"),
    [
        (13, {}, Outcome.DEGRADED),
        (13, {"degraded_days": 7}, Outcome.UP),
        (13, {"degraded_days": 30, "down_days": 14}, Outcome.DOWN),
    ],
)
def test_the_days_left_have_two_limits(
    probe: Prober,
    certificates: Certificates,
    days: int,
    settings: dict[str, int],
    outcome: Outcome,
) -> None:
    with ScriptedSite(tls=certificates.lasting(days)) as site:
        result = probe(where(site), kind="tls", **settings)
    assert result.outcome is outcome
    if outcome is not Outcome.UP:
        assert result.cause is Cause.EXPIRY
        assert result.detail.startswith("The certificate expires on ")
        assert result.detail.endswith(", in 13.0 days, less than 14.")


@pytest.mark.parametrize("wrong", KINDS)
def test_a_bad_certificate_is_down_and_says_why(
    probe: Prober, certificates: Certificates, wrong: str
) -> None:
    with ScriptedSite(tls=getattr(certificates, wrong)()) as site:
        result = probe(where(site), kind="tls")
    assert (result.outcome, result.cause) == (Outcome.DOWN, Cause.TLS)
    assert result.detail == KINDS[wrong]


def test_without_verification_the_days_still_count(
    probe: Prober, certificates: Certificates
) -> None:
    with ScriptedSite(tls=certificates.expired()) as site:
        expired = probe(where(site), kind="tls", verify_tls=False)
    with ScriptedSite(tls=certificates.of_an_unknown_authority()) as site:
        assert probe(where(site), kind="tls", verify_tls=False).outcome is Outcome.UP
    assert (expired.outcome, expired.cause) == (Outcome.DOWN, Cause.EXPIRY)


def test_another_name_can_be_asked_for(probe: Prober, certificates: Certificates) -> None:
    with ScriptedSite(tls=certificates.for_another_name()) as site:
        assert probe(where(site), kind="tls", host_name="other.example").outcome is Outcome.UP
        assert probe(where(site), kind="tls").detail == KINDS["for_another_name"]


def test_old_protocols_are_not_enough(probe: Prober, certificates: Certificates) -> None:
    with ScriptedSite(tls=certificates.with_old_protocol()) as site:
        result = probe(where(site), kind="tls", verify_tls=False)
    closed = "The TLS handshake failed: the server closed the connection."
    assert (result.cause, result.detail) == (Cause.TLS, closed)


def test_a_version_can_be_demanded(probe: Prober, certificates: Certificates) -> None:
    context = certificates.lasting(60)
    context.maximum_version = context.minimum_version.TLSv1_2
    with ScriptedSite(tls=context) as site:
        assert probe(where(site), kind="tls").outcome is Outcome.UP
        result = probe(where(site), kind="tls", min_version="1.3")
    assert (result.outcome, result.cause) == (Outcome.DOWN, Cause.TLS)
    assert result.detail == "The server speaks TLS 1.2, expected 1.3 or later."


@cache
def certificate(subject: str, issuer: str, days: int) -> x509.Certificate:
    key = ec.generate_private_key(ec.SECP256R1())

    def name(text: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)])

    return (
        x509.CertificateBuilder(
            name(issuer), name(subject), key.public_key(), x509.random_serial_number()
        )
        .not_valid_before(NOW - timedelta(days=300))
        .not_valid_after(NOW + timedelta(days=days))
        .sign(key, hashes.SHA256())
    )


def test_an_intermediate_counts_too_but_not_the_root() -> None:
    chain = [
        certificate("leaf", "middle", 80),
        certificate("middle", "root", 5),
        certificate("root", "root", 1),
    ]
    result = judge(chain, TlsSettings(), NOW)
    assert result.outcome is Outcome.DEGRADED
    assert result.detail == (
        "An intermediate certificate expires on 2030-01-06, in 5.0 days, less than 14."
    )
    with pytest.raises(Failed, match=r"The certificate expired on 2029-12-31\."):
        judge([certificate("self", "self", -1)], TlsSettings(), NOW)


def test_settings_that_make_no_sense_are_refused() -> None:
    with pytest.raises(ValidationError, match="may not be above"):
        TlsSettings(degraded_days=3, down_days=4)
    with pytest.raises(ValidationError, match="host is not a valid name"):
        TlsSettings(host_name="bad name")
    assert validate_url("tls://Example.com:443") == "tls://example.com"
