"""Authorities of one's own and client certificates, for kinds outside of libcurl."""

import ssl
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import trustme

from domain.evaluation.outcome import Cause, Outcome
from probes.auth.base import Credential
from probes.base import ProbeResult
from probes.urls import origin_of
from tests.probes.auth.asking import credential
from tests.probes.conftest import Prober, target_of
from tests.servers.certificates import Certificates
from tests.servers.mosquitto import Ports, mosquitto
from tests.servers.raw import RawServer


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def broker(
    tmp_path_factory: pytest.TempPathFactory, certificates: Certificates, authority: trustme.CA
) -> Iterator[Ports]:
    with mosquitto(tmp_path_factory.mktemp("mosquitto"), certificates, authority) as ports:
        yield ports


def bundle(authority: trustme.CA) -> Credential:
    return credential("ca_bundle", {"certificates": authority.cert_pem.bytes().decode()})


def client(authority: trustme.CA) -> Credential:
    issued = authority.issue_cert("client@shop.example")
    chain = b"".join(each.bytes() for each in issued.cert_chain_pems).decode()
    key = issued.private_key_pem.bytes().decode()
    return credential("client_certificate", {"certificate": chain, "key": key})


def check(probe: Prober, kind: str, url: str, *held: Credential, **settings: object) -> ProbeResult:
    own = tuple(replace(each, origins=frozenset({origin_of(url)})) for each in held)
    return probe.check(replace(target_of(kind, url, settings), credentials=own))


def test_a_private_authority_is_trusted_where_the_bundle_names_it(
    probe: Prober, authority: trustme.CA
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    with RawServer(lambda _: None, tls=context) as server:
        url = f"tls://127.0.0.1:{server.port}"
        trusted = check(probe, "tls", url, bundle(authority))
        other = check(probe, "tls", url, bundle(trustme.CA()))
        usual = check(probe, "tls", url)
    assert (trusted.outcome, trusted.detail) == (Outcome.UP, "")
    assert {other.cause, usual.cause} == {Cause.TLS}
    assert usual.detail.startswith("The certificate is not trusted")


def test_the_usual_authorities_do_not_count_beside_a_bundle(
    probe: Prober, broker: Ports, authority: trustme.CA
) -> None:
    url = f"mqtts://127.0.0.1:{broker.tls}"
    assert check(probe, "mqtt", url).outcome is Outcome.UP
    assert check(probe, "mqtt", url, bundle(authority)).cause is Cause.TLS
    unverified = check(probe, "mqtt", url, bundle(authority), verify_tls=False)
    assert unverified.outcome is Outcome.UP


@pytest.mark.parametrize("kind", ["mqtt", "tls"])
def test_a_server_takes_the_client_certificate_of_its_authority_only(
    probe: Prober, broker: Ports, authority: trustme.CA, kind: str
) -> None:
    url = f"{'mqtts' if kind == 'mqtt' else 'tls'}://127.0.0.1:{broker.mutual}"
    settings = {"degraded_days": 0} if kind == "tls" else {}
    taken = check(probe, kind, url, client(authority), **settings)
    assert (taken.outcome, taken.detail) == (Outcome.UP, "")
    refused = check(probe, kind, url, client(trustme.CA()), **settings)
    assert (refused.outcome, refused.cause) == (Outcome.DOWN, Cause.AUTHORIZATION)
    assert refused.detail == (
        "The site refused the client certificate: it does not know its issuer."
    )


def test_a_client_certificate_may_have_expired_since_it_was_stored(
    probe: Prober, broker: Ports, authority: trustme.CA
) -> None:
    held = client(authority)
    now = datetime.now(UTC)
    old = authority.issue_cert(
        "old@shop.example",
        not_before=now - timedelta(days=9),
        not_after=now - timedelta(days=1),
    )
    fields = {
        "certificate": old.cert_chain_pems[0].bytes().decode(),
        "key": old.private_key_pem.bytes().decode(),
    }
    stored = type(held.settings).model_validate(fields, context={"stored": True})
    url = f"mqtts://127.0.0.1:{broker.mutual}"
    result = check(probe, "mqtt", url, replace(held, settings=stored, memory={}))
    assert result.cause is Cause.AUTHORIZATION
    assert result.detail.startswith("The client certificate expired on ")
    assert result.timings.connect == 0
