"""Abuse 102: certificates of others are bounded in number and size, and so are the keys in them."""

from datetime import UTC, datetime, timedelta

import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from security.private_keys import certificate_files
from tests.security import costly_files as make
from tests.security.der import explicit, integer, oid, sequence, value

pytestmark = pytest.mark.abuse(102)

NAME = sequence(value(0x31, sequence(oid("2.5.4.3"), value(0x0C, b"a"))))
TIMES = sequence(value(0x17, b"250101000000Z"), value(0x17, b"350101000000Z"))
SIGNED = sequence(oid("1.2.840.10045.4.3.2"))
NOTHING = (integer(1), SIGNED, NAME, TIMES, NAME, sequence(SIGNED, value(0x03, b"\0")))
OF_RSA = sequence(oid("1.2.840.113549.1.1.1"), value(0x05))


def bits(content: bytes) -> bytes:
    return value(0x03, b"\0" + content)


def with_key(algorithm: bytes, key: bytes) -> str:
    """Write a certificate that nobody signed, with any key."""
    said = (
        explicit(integer(2)),
        integer(1),
        SIGNED,
        NAME,
        TIMES,
        NAME,
        sequence(algorithm, bits(key)),
    )
    return make.pem(sequence(sequence(*said), SIGNED, bits(b"")), "CERTIFICATE")


def rsa_key(size: int, exponent: int = 65_537) -> bytes:
    return sequence(integer((1 << size) - 1), integer(exponent))


def test_usual_certificates_are_loaded() -> None:
    authority = trustme.CA()
    chain = authority.issue_cert("shop.test").cert_chain_pems[0].bytes().decode()
    pem = f"subject: a\n{chain}\n{authority.cert_pem.bytes().decode()}"
    assert len(certificate_files.load(pem, most=2)) == 2
    for size in (1024, 2048, 8192):
        assert certificate_files.load(with_key(OF_RSA, rsa_key(size)), most=1)


def test_there_are_not_too_many() -> None:
    one = trustme.CA().cert_pem.bytes().decode()
    assert len(certificate_files.load(one * 10, most=10)) == 10
    for many in (
        one * 11,
        one.replace("CERT", "X509 CERT") * 11,
        "-----BEGIN CERTIFICATE-----" * 11,
    ):
        with pytest.raises(ValueError, match="At most 10 certificates are accepted"):
            certificate_files.load(many, most=10)


@pytest.mark.parametrize(
    ("algorithm", "key"),
    [
        (OF_RSA, rsa_key(8193)),
        (OF_RSA, rsa_key(16_384)),
        (OF_RSA, rsa_key(2048, (1 << 300) + 1)),
        (sequence(oid("1.2.840.113549.1.1.10")), rsa_key(16_384)),
        (sequence(oid("1.2.840.10045.2.1"), make.EXPLICIT_CURVE), b"\4" + bytes(1024)),
        (sequence(oid("1.2.840.10040.4.1"), sequence(*[integer(1 << 9000)] * 3)), integer(2)),
    ],
)
def test_keys_by_which_to_verify_takes_long_are_not_taken(algorithm: bytes, key: bytes) -> None:
    with pytest.raises(ValueError, match="RSA with at most 8,192 bits, on a named curve"):
        certificate_files.load(with_key(algorithm, key), most=1)


def test_no_private_key_is_taken_for_a_certificate() -> None:
    issued = trustme.CA().issue_cert("shop.test")
    both = issued.private_key_and_cert_chain_pem.bytes().decode()
    with pytest.raises(ValueError, match="The certificates contain a private key"):
        certificate_files.load(both, most=10)


def test_a_key_of_a_curve_that_nobody_knows_is_that_of_no_certificate() -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    for curve in ("2.116.4024.10045.3.1.7", "1.3.132.0.999"):
        algorithm = sequence(oid("1.2.840.10045.2.1"), oid(curve))
        (strange,) = certificate_files.load(with_key(algorithm, b"\4" + bytes(64)), most=1)
        assert not certificate_files.is_for(strange, key)


def test_a_certificate_is_not_large() -> None:
    now = datetime.now(UTC)
    key = trustme.CA()._private_key
    names = [x509.NameAttribute(NameOID.COMMON_NAME, f"a{number}") for number in range(10_000)]
    for name in (
        x509.Name(names),
        x509.Name([x509.RelativeDistinguishedName(names)]),
    ):
        builder = x509.CertificateBuilder(
            name, name, key.public_key(), 1, now, now + timedelta(days=1)
        )
        pem = builder.sign(key, SHA256()).public_bytes(Encoding.PEM).decode()
        with pytest.raises(ValueError, match="at most 16 KiB"):
            certificate_files.load(pem, most=1)


@pytest.mark.parametrize(
    "pem",
    [
        "",
        "no certificate",
        make.pem(b"abc", "CERTIFICATE"),
        make.pem(
            sequence(sequence(explicit(integer(9)), *NOTHING), SIGNED, bits(b"")), "CERTIFICATE"
        ),
        make.pem(sequence(sequence(), SIGNED, bits(b"")), "CERTIFICATE"),
        with_key(OF_RSA, b"abc"),
        with_key(OF_RSA, sequence(integer(1))),
        with_key(OF_RSA, b""),
    ],
)
def test_what_is_none_is_refused(pem: str) -> None:
    with pytest.raises(ValueError, match="The certificate is not in PEM format"):
        certificate_files.load(pem, most=1)
