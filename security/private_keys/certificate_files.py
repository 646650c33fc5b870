"""Certificates of users in PEM: their number, size and keys are limited before verification."""

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm

from security.private_keys import ber
from security.private_keys.ber import Element, oid
from security.private_keys.pem import MOST_EXPONENT_BITS, PrivateKey

MOST_RSA_BITS = 8192
"""The most bits of an issuer's RSA key. Verifying takes far less than signing."""
LARGEST = 16 * 1024
"""The most bytes of one certificate. A usual one has one to three thousand."""

_NOT_PEM = "The certificate is not in PEM format."
_BEGIN = ("-----BEGIN CERTIFICATE-----", "-----BEGIN X509 CERTIFICATE-----")
_PRIVATE = "PRIVATE KEY-----"
_RSA_OIDS = frozenset(oid(f"1.2.840.113549.1.1.{each}") for each in (1, 7, 10))
_CURVE_OID = oid("1.2.840.10045.2.1")
_DSA_OID = oid("1.2.840.10040.4.1")
_VERSION = 0xA0
_KEY_AT = 5
"""The position of the key in a `TBSCertificate` without its version (RFC 5280, 4.1)."""


def load(pem: str, *, most: int) -> list[x509.Certificate]:
    """Return all certificates in a text, at least one, or raise `ValueError` with a sentence."""
    if _PRIVATE in pem:
        raise ValueError(
            "The certificates contain a private key. Remove it, because certificates are not kept "
            "secret."
        )
    if sum(pem.count(begin) for begin in _BEGIN) > most:
        raise ValueError(f"At most {most} certificates are accepted.")
    try:
        found = x509.load_pem_x509_certificates(pem.encode())
    except (ValueError, x509.InvalidVersion):
        raise ValueError(_NOT_PEM) from None
    for certificate in found:
        _check(certificate)
    return found


def is_for(certificate: x509.Certificate, key: PrivateKey) -> bool:
    """Return whether a key belongs to a certificate, whose own key may be of any kind."""
    try:
        return certificate.public_key() == key.public_key()
    except (ValueError, UnsupportedAlgorithm):
        return False


def _check(certificate: x509.Certificate) -> None:
    signed = certificate.tbs_certificate_bytes
    if len(signed) > LARGEST:
        raise ValueError(f"A certificate may have at most {LARGEST // 1024} KiB.")
    try:
        taken = _is_taken(_public_key(ber.read(signed)))
    except ValueError:
        raise ValueError(_NOT_PEM) from None
    if not taken:
        raise ValueError(
            f"The key of a certificate must be RSA with at most {MOST_RSA_BITS:,} bits, on a named "
            "curve, or Ed25519."
        )


def _public_key(certificate: Element) -> Element:
    parts = certificate.children()
    return parts[_KEY_AT + (parts[0].tag == _VERSION)]


def _is_taken(key: Element) -> bool:
    """Return whether a `SubjectPublicKeyInfo` is accepted; raise `ValueError` if malformed."""
    algorithm, bits = key.children()
    kind, *parameters = algorithm.children()
    if kind.oid() in _RSA_OIDS:
        modulus, exponent = (each.integer() for each in ber.read(bits.content[1:]).children())
        return modulus.bit_length() <= MOST_RSA_BITS and exponent.bit_length() <= MOST_EXPONENT_BITS
    if kind.oid() == _CURVE_OID:
        return [each.tag for each in parameters] == [ber.OID]
    return kind.oid() != _DSA_OID
