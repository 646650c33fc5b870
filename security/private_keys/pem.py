"""Private keys of others in PEM: looked at before they are loaded, since what is in them decides what that takes.

Each kind of key that is taken is named here. An RSA key of 16,384 bits takes half a minute to
validate, and curves that a key describes by itself may be anything.
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
"""RSA keys of more are validated by a child: for that the interpreter is locked, a quarter of a second for 4096."""
MOST_EXPONENT_BITS = 256
"""FIPS 186-5, A.1.1."""

PrivateKey = RSAPrivateKey | EllipticCurvePrivateKey | Ed25519PrivateKey

NOT_PEM = "The key is not a private key in PEM."
_OTHER_KIND = "The key must be RSA, of a NIST curve or Ed25519."
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
    """One block of PEM. `is_encrypted` says that it has the header of traditional OpenSSL for that."""

    label: str
    der: bytes = field(repr=False)
    is_encrypted: bool


def load(pem: str, *, is_known: bool = False) -> PrivateKey:
    """Return the one private key that is in a text; raises `PrivateKeyError`.

    A key that `is_known` was validated before, and is not once more. Of one that `is_slow` whoever takes
    it has to have it validated (`security/private_keys/opening.py`).
    """
    block = _block(pem)
    if block.is_encrypted:
        raise PrivateKeyError("The key may not be encrypted.")
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
    """Tell whether it takes long to validate a key that needs no password; raises `PrivateKeyError`."""
    block = _block(pem)
    try:
        return not block.is_encrypted and _rsa_bits(block) > MOST_QUICK_BITS
    except PrivateKeyError:
        raise
    except ValueError:
        raise PrivateKeyError(NOT_PEM) from None


def is_encrypted(pem: str) -> bool:
    """Tell whether a key needs a password; raises `PrivateKeyError` for what is no key."""
    return _block(pem).is_encrypted


def check_cost(pem: str) -> None:
    """Raise `PrivateKeyError` for an encrypted key that takes too much to open.

    What traditional OpenSSL encrypted takes one hash, whatever is in it.
    """
    block = _block(pem)
    if block.label != _ENCRYPTED_LABEL:
        return
    try:
        key_costs.check_key(block.der)
    except key_costs.CostlyKeyError as error:
        raise PrivateKeyError(f"The key cannot be taken. {error}") from None
    except ValueError:
        raise PrivateKeyError(NOT_PEM) from None


def _block(pem: str) -> _Block:
    found = [block for block in _blocks(pem) if block.label.endswith(_LABEL)]
    if len(found) != 1:
        raise PrivateKeyError(NOT_PEM if not found else "There must be one private key.")
    if found[0].label.startswith("OPENSSH"):
        raise PrivateKeyError(
            "Keys as OpenSSH writes them are not taken: `ssh-keygen -p -m PKCS8` writes it as PKCS#8."
        )
    return found[0]


def _blocks(text: str) -> Iterator[_Block]:
    """Give each block, and pass over what stands between them; raises `PrivateKeyError`."""
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
    """Return the size of an RSA key, 0 for others; raises `ValueError` for what is not to be loaded."""
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
    """Look at the numbers of an `RSAPrivateKey` (RFC 8017, A.1.2): of two primes, none larger than the modulus."""
    version, modulus, exponent, *others = [each.integer() for each in key.children()]
    bits = modulus.bit_length()
    if not FEWEST_RSA_BITS <= bits <= MOST_RSA_BITS:
        raise PrivateKeyError(
            f"An RSA key must have {FEWEST_RSA_BITS} to {MOST_RSA_BITS} bits, and this one has {bits:,}."
        )
    numbers = (modulus, exponent, *others)
    if version != 0 or len(numbers) != _RSA_NUMBERS or exponent.bit_length() > MOST_EXPONENT_BITS:
        raise BerError
    if any(not 0 < number <= modulus for number in numbers):
        raise BerError
    return bits


def _check_curve(key: Element) -> None:
    """Look at an `ECPrivateKey` (RFC 5915), which may name its curve once more.

    What begins otherwise could be of a kind that was not looked at: loaders try one after the other.
    """
    version, secret, *others = key.children()
    version.integer()
    secret.octets()
    for part in others:
        if part.tag == _OF_SEC1:
            _check_named(part.children(_OF_SEC1))


def _check_named(parameters: list[Element]) -> None:
    if [each.tag for each in parameters] != [ber.OID]:
        raise PrivateKeyError("The curve of the key must be a named one.")
