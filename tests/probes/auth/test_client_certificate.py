"""Client certificates, against nginx: taken, refused, and told to nobody else."""

import ssl
from base64 import b64encode
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
    pkcs12,
)
from pydantic import ValidationError

from domain.evaluation.outcome import Cause, Outcome
from probes.auth.base import Credential
from probes.auth.registry import SCHEMES
from security.private_keys import pem as key_pem
from tests.probes.auth.asking import check, credential
from tests.probes.conftest import Prober
from tests.servers import hostile
from tests.servers.certificates import Certificates
from tests.servers.mutual_tls import mutual_tls
from tests.servers.raw import RawServer

Fields = dict[str, str]
PASSWORD = "canary-pässword"


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def site(certificates: Certificates, authority: trustme.CA) -> Iterator[str]:
    with mutual_tls(certificates, authority) as url:
        yield url


def held(fields: Fields) -> Credential:
    return credential("client_certificate", fields)


def pem(authority: trustme.CA, **times: datetime) -> Fields:
    issued = authority.issue_cert("client@site.example", **times)  # type: ignore[arg-type] # only times are given
    chain = b"".join(each.bytes() for each in issued.cert_chain_pems)
    return {"certificate": chain.decode(), "key": issued.private_key_pem.bytes().decode()}


def p12(authority: trustme.CA, password: str | None) -> Fields:
    fields = pem(authority)
    chain = x509.load_pem_x509_certificates(fields["certificate"].encode())
    key = load_pem_private_key(fields["key"].encode(), None)
    binary = pkcs12.serialize_key_and_certificates(
        b"client",
        key,  # type: ignore[arg-type] # trustme makes keys of kinds that fit
        chain[0],
        chain[1:],
        BestAvailableEncryption((password or PASSWORD).encode()),
    )
    given = {} if password is None else {"password": password}
    return {"pkcs12": b64encode(binary).decode(), **given}


def encrypted(fields: Fields) -> Fields:
    key = load_pem_private_key(fields["key"].encode(), None)
    text = key.private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(PASSWORD.encode())
    )
    return {**fields, "key": text.decode(), "password": PASSWORD}


def test_a_site_takes_a_certificate_in_pem(probe: Prober, site: str, authority: trustme.CA) -> None:
    client = held(pem(authority))
    assert check(probe, site, client).outcome is Outcome.UP
    assert check(probe, site, client, http_version="1.1").outcome is Outcome.UP


def test_a_site_takes_a_certificate_of_a_pkcs12_file(
    probe: Prober, site: str, authority: trustme.CA
) -> None:
    client = held(p12(authority, PASSWORD))
    assert check(probe, site, client).outcome is Outcome.UP


def test_a_key_may_be_encrypted(probe: Prober, site: str, authority: trustme.CA) -> None:
    client = held(encrypted(pem(authority)))
    assert check(probe, site, client).outcome is Outcome.UP


def test_a_certificate_goes_with_a_password(
    probe: Prober, site: str, authority: trustme.CA
) -> None:
    basic = credential("basic", {"username": "a", "password": "b"})
    result = check(probe, site, basic, held(pem(authority)))
    assert result.outcome is Outcome.UP


def test_without_a_certificate_the_site_is_down(probe: Prober, site: str) -> None:
    result = probe(site)
    assert (result.outcome, result.http_status) == (Outcome.DOWN, 400)


@pytest.mark.abuse(30)
def test_a_certificate_of_another_authority_is_refused(probe: Prober, site: str) -> None:
    result = check(probe, site, held(pem(trustme.CA())))
    assert (result.outcome, result.cause) == (Outcome.DOWN, Cause.AUTHORIZATION)
    assert result.detail == "The site refused the client certificate: 400 Bad Request."


@pytest.mark.abuse(30)
def test_a_handshake_that_is_broken_off_names_the_certificate(
    probe: Prober, certificates: Certificates, authority: trustme.CA
) -> None:
    context = certificates.valid()
    context.verify_mode = ssl.CERT_REQUIRED
    # Later versions refuse it after the handshake, and the alert may get lost.
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    authority.configure_trust(context)
    answer = hostile.saying(hostile.OK + b"Content-Length: 0\r\n\r\n")
    mine, others = pem(authority), pem(trustme.CA())
    with RawServer(answer, tls=context) as other:
        assert check(probe, other.url, held(mine)).outcome is Outcome.UP
        refused, missing = check(probe, other.url, held(others)), probe(other.url)
    assert (refused.outcome, refused.cause) == (Outcome.DOWN, Cause.AUTHORIZATION)
    assert refused.detail == (
        "The site refused the client certificate: it does not know its issuer."
    )
    assert (missing.outcome, missing.cause) == (Outcome.DOWN, Cause.TLS)


@pytest.mark.abuse(10)
def test_a_certificate_is_not_shown_to_another_site(
    probe: Prober, site: str, certificates: Certificates, authority: trustme.CA
) -> None:
    client = held(pem(authority))
    with mutual_tls(certificates, authority) as elsewhere:
        result = check(probe, f"{site}/redirected?to={elsewhere}/", client)
        assert check(probe, elsewhere, client).outcome is Outcome.UP
    assert (result.outcome, result.http_status) == (Outcome.DOWN, 400)


def yesterday() -> dict[str, datetime]:
    now = datetime.now(UTC)
    return {"not_before": now - timedelta(days=9), "not_after": now - timedelta(days=1)}


@pytest.mark.abuse(30)
def test_a_certificate_that_expired_since_says_so_and_is_not_sent(
    probe: Prober, site: str, authority: trustme.CA
) -> None:
    settings = SCHEMES["client_certificate"].settings.model_validate(
        pem(authority, **yesterday()), context={"stored": True}
    )
    client = Credential(id=1, version=1, scheme="client_certificate", settings=settings)
    result = check(probe, site, client)
    assert (result.outcome, result.cause) == (Outcome.DOWN, Cause.AUTHORIZATION)
    assert result.detail.startswith("The client certificate expired on ")


def problem(fields: Fields) -> str:
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - of the fields, or of what is in them
        held(fields)
    assert PASSWORD not in str(caught.value)
    assert "PRIVATE" not in str(caught.value)
    error = caught.value
    return error.errors()[0]["msg"] if isinstance(error, ValidationError) else str(error)


@pytest.mark.abuse(30)
def test_what_cannot_work_is_refused_in_words(authority: trustme.CA) -> None:
    good, other = pem(authority), pem(authority)
    wrong = "This is not a PKCS#12 file, or the password is wrong."
    cases: list[tuple[Fields, str]] = [
        ({}, "Give a certificate with its key, or a PKCS#12 file."),
        ({"certificate": good["certificate"]}, "Give a certificate with its key"),
        ({**good, **p12(authority, PASSWORD)}, "Give a certificate with its key"),
        ({**good, "key": other["key"]}, "The key does not match the first certificate"),
        ({**good, "key": "no key"}, "The key is not a private key in PEM"),
        ({**good, "password": PASSWORD}, "The key is not encrypted. Omit the password."),
        ({**good, "certificate": good["certificate"] * 11}, "At most 10 certificates"),
        ({**good, "certificate": "no certificate"}, "The certificate is not in PEM format."),
        ({**encrypted(good), "password": "wrong"}, "The key is not in PEM format, or the password"),
        ({"pkcs12": "?", "password": PASSWORD}, "The PKCS#12 file is not in Base64."),
        ({"pkcs12": "AAAA", "password": PASSWORD}, wrong),
        ({**p12(authority, PASSWORD), "password": "wrong"}, wrong),
        (p12(authority, None), wrong),
        (pem(authority, **yesterday()), "The client certificate expired on "),
    ]
    for fields, words in cases:
        assert words in problem(fields)
    assert "Give its password" in problem(
        {name: value for name, value in encrypted(good).items() if name != "password"}
    )


@pytest.mark.abuse(100)
@pytest.mark.parametrize("form", ["key", "pkcs12"])
def test_what_is_stored_needs_no_password(authority: trustme.CA, form: str) -> None:
    given = p12(authority, PASSWORD) if form == "pkcs12" else encrypted(pem(authority))
    stored = held(given).settings.model_dump(exclude_none=True)
    assert sorted(stored) == ["certificate", "key"]
    assert not key_pem.is_encrypted(stored["key"].get_secret_value())


@pytest.mark.abuse(100)
@pytest.mark.parametrize("form", ["key", "pkcs12"])
def test_what_an_earlier_version_stored_with_a_password_is_unknown_and_not_opened(
    probe: Prober, site: str, authority: trustme.CA, form: str
) -> None:
    given = p12(authority, PASSWORD) if form == "pkcs12" else encrypted(pem(authority))
    settings = SCHEMES["client_certificate"].settings.model_validate(
        given, context={"stored": True}
    )
    client = Credential(id=1, version=1, scheme="client_certificate", settings=settings)
    result = check(probe, site, client)
    assert (result.outcome, result.cause) == (Outcome.UNKNOWN, Cause.INTERNAL)
    assert result.detail.endswith("Give the key or the PKCS#12 file again.")


@pytest.mark.abuse(30)
def test_no_secret_is_in_what_is_printed(authority: trustme.CA) -> None:
    client = held(encrypted(pem(authority)))
    assert PASSWORD not in repr(client)
    assert "PRIVATE" not in repr(client.settings)
