"""Private keys of users in PEM: checked before they are loaded, because loading may be costly.

Each accepted kind of key is named here. An RSA key of 16,384 bits takes half a minute to validate,
and a key that describes its own curve may contain anything.
"""

from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Iterator
from dataclasses import dataclass, field

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_der_private_key

from security.private_keys import ber
from security.private_keys import costs as key_costs
from security.private_keys.ber import BerError, Element, oid

FEWEST_RSA_BITS, MOST_RSA_BITS = 2048, 4096
MOST_QUICK_BITS = 2048
"""Larger RSA keys are validated in a child process.

Validation holds the interpreter lock, for a quarter of a second with 4096 bits.
"""
MOST_EXPONENT_BITS = 256
"""FIPS 186-5, A.1.1."""

PrivateKey = RSAPrivateKey | EllipticCurvePrivateKey | Ed25519PrivateKey

NOT_PEM = "The key is not a private key in PEM."
_OTHER_KIND = "The key must be RSA, on a NIST curve, or Ed25519."
_BEGIN, _END, _DASHES = "-----BEGIN ", "-----END ", "-----"
_LABEL = "PRIVATE KEY"
_ENCRYPTED_LABEL = "ENCRYPTED PRIVATE KEY"
_RSA_OIDS = frozenset({oid("1.2.840.113549.1.1.1"), oid("1.2.840.113549.1.1.10")})
_CURVE_OID = oid("1.2.840.10045.2.1")
_ED25519_OID = oid("1.3.101.112")
_RSA_NUMBERS = 8
_OF_SEC1 = 0xA0


class PrivateKeyError(ValueError):
    """The text is a sentence for the user."""


@dataclass(frozen=True, slots=True)
class _Block:
    """One block of PEM. `is_encrypted` means that it needs a password."""

    label: str
    der: bytes = field(repr=False)
    is_encrypted: bool


def load(pem: str, *, is_known: bool = False) -> PrivateKey:
    """Return the one private key in a text, or raise `PrivateKeyError`.

    A key that `is_known` was validated before, and is not validated again. A key that `is_slow` has
    to be validated by the caller (`security/private_keys/opening.py`).
    """
    block = _block(pem)
    if block.is_encrypted:
        raise PrivateKeyError("The key must not be encrypted.")
    try:
        is_quick = _rsa_bits(block) <= MOST_QUICK_BITS
        key = load_der_private_key(
            block.der, None, unsafe_skip_rsa_key_validation=is_known or not is_quick
        )
    except PrivateKeyError:
        raise
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise PrivateKeyError(NOT_PEM) from None
    if not isinstance(key, PrivateKey):
        raise PrivateKeyError(_OTHER_KIND)
    return key


def is_slow(pem: str) -> bool:
    """Return whether a key without a password is slow to validate, or raise `PrivateKeyError`."""
    block = _block(pem)
    try:
        return not block.is_encrypted and _rsa_bits(block) > MOST_QUICK_BITS
    except PrivateKeyError:
        raise
    except ValueError:
        raise PrivateKeyError(NOT_PEM) from None


def is_encrypted(pem: str) -> bool:
    """Return whether a key needs a password; raise `PrivateKeyError` if it is no key."""
    return _block(pem).is_encrypted


def check_cost(pem: str) -> None:
    """Raise `PrivateKeyError` if an encrypted key costs too much to open.

    The traditional encryption of OpenSSL takes one hash, whatever the key.
    """
    block = _block(pem)
    if block.label != _ENCRYPTED_LABEL:
        return
    try:
        key_costs.check_key(block.der)
    except key_costs.CostlyKeyError as error:
        raise PrivateKeyError(f"The key cannot be used. {error}") from None
    except ValueError:
        raise PrivateKeyError(NOT_PEM) from None


def _block(pem: str) -> _Block:
    found = [block for block in _blocks(pem) if block.label.endswith(_LABEL)]
    if len(found) != 1:
        raise PrivateKeyError(NOT_PEM if not found else "There must be one private key.")
    if found[0].label.startswith("OPENSSH"):
        raise PrivateKeyError(
            "Keys in OpenSSH format are not accepted. Convert the key with `ssh-keygen -p -m "
            "PKCS8`."
        )
    return found[0]


def _blocks(text: str) -> Iterator[_Block]:
    """Yield each block, and skip the text between them; raise `PrivateKeyError` if malformed."""
    _, begin, rest = text.partition(_BEGIN)
    while begin:
        label, dashes, rest = rest.partition(_DASHES)
        body, end, rest = rest.partition(f"{_END}{label}{_DASHES}")
        if not dashes or not end:
            raise PrivateKeyError(NOT_PEM)
        yield _read(label, body)
        _, begin, rest = rest.partition(_BEGIN)


def _read(label: str, body: str) -> _Block:
    lines = [line.strip() for line in body.strip().splitlines()]
    headers = [line for line in lines if ":" in line]
    is_encrypted = label == _ENCRYPTED_LABEL or any("ENCRYPTED" in line for line in headers)
    try:
        der = b64decode("".join(line for line in lines if ":" not in line), validate=True)
    except (Base64Error, ValueError):
        raise PrivateKeyError(NOT_PEM) from None
    return _Block(label, der, is_encrypted)


def _rsa_bits(block: _Block) -> int:
    """Return the bits of an RSA key, 0 for others; raise `ValueError` if it must not be loaded."""
    match block.label:
        case "PRIVATE KEY":
            return _check_pkcs8(ber.read(block.der))
        case "RSA PRIVATE KEY":
            return _check_rsa(ber.read(block.der))
        case "EC PRIVATE KEY":
            _check_curve(ber.read(block.der))
            return 0
        case _:
            raise PrivateKeyError(_OTHER_KIND)


def _check_pkcs8(key: Element) -> int:
    version, algorithm, content, *_ = key.children()
    version.integer()
    kind, *parameters = algorithm.children()
    if kind.oid() in _RSA_OIDS:
        return _check_rsa(ber.read(content.octets()))
    if kind.oid() == _CURVE_OID:
        _check_named(parameters)
        _check_curve(ber.read(content.octets()))
    elif kind.oid() != _ED25519_OID:
        raise PrivateKeyError(_OTHER_KIND)
    return 0


def _check_rsa(key: Element) -> int:
    """Return the bits of an `RSAPrivateKey` (RFC 8017, A.1.2).

    It must have two primes, and no number larger than the modulus.
    """
    version, modulus, exponent, *others = [each.integer() for each in key.children()]
    bits = modulus.bit_length()
    if not FEWEST_RSA_BITS <= bits <= MOST_RSA_BITS:
        raise PrivateKeyError(
            f"An RSA key must have {FEWEST_RSA_BITS} to {MOST_RSA_BITS} bits, and this one has "
            f"{bits:,}."
        )
    numbers = (modulus, exponent, *others)
    if version != 0 or len(numbers) != _RSA_NUMBERS or exponent.bit_length() > MOST_EXPONENT_BITS:
        raise BerError
    if any(not 0 < number <= modulus for number in numbers):
        raise BerError
    return bits


def _check_curve(key: Element) -> None:
    """Check an `ECPrivateKey` (RFC 5915), which may name its curve again.

    A key that begins differently might be of an unchecked kind: loaders try one kind after another.
    """
    version, secret, *others = key.children()
    version.integer()
    secret.octets()
    for part in others:
        if part.tag == _OF_SEC1:
            _check_named(part.children(_OF_SEC1))


def _check_named(parameters: list[Element]) -> None:
    if [each.tag for each in parameters] != [ber.OID]:
        raise PrivateKeyError("The key must be on a named curve.")
