"""The cost of opening an encrypted key or PKCS#12 file, read from the file before any computation.

The author of the file chose the iterations and the memory of the password hash, and every library
obeys. Encrypted parts inside of an encrypted part are not visible here. The limits of the process
that opens the file cover them (`security/private_keys/opening.py`).
"""

from dataclasses import dataclass

from security.private_keys import ber
from security.private_keys.ber import BerError, Element, oid

MOST_ITERATIONS = 1_000_000
"""The most iterations of one derivation. All of a file together may have twice as many."""
MOST_SCRYPT_BYTES = 64 * 1024 * 1024
"""128 * N * r * p: the bytes that scrypt processes, and with p = 1 the memory that it uses."""

_LONGEST_KEY = 64
_LONGEST_SALT = 1024
_MOST_DEPTH = 4
_PBES2 = oid("1.2.840.113549.1.5.13")
_PBMAC1 = oid("1.2.840.113549.1.5.14")
_PBKDF2 = oid("1.2.840.113549.1.5.12")
_SCRYPT = oid("1.3.6.1.4.1.11591.4.11")
_PBES1 = frozenset(oid(f"1.2.840.113549.1.5.{each}") for each in (1, 3, 4, 6, 10, 11))
_PBE_OF_PKCS12 = frozenset(oid(f"1.2.840.113549.1.12.1.{each}") for each in range(1, 7))
_DATA = oid("1.2.840.113549.1.7.1")
_ENCRYPTED_DATA = oid("1.2.840.113549.1.7.6")
_SHROUDED_KEY = oid("1.2.840.113549.1.12.10.1.2")
_NESTED = oid("1.2.840.113549.1.12.10.1.6")
_EXPLICIT = 0xA0


class CostlyKeyError(ValueError):
    """The text is a sentence for the user."""


@dataclass(slots=True)
class _Bill:
    """The total cost of the derivations of one file."""

    iterations: int = 0

    def add(self, iterations: int) -> None:
        if iterations < 1:
            raise BerError
        if iterations > MOST_ITERATIONS:
            raise CostlyKeyError(
                f"Its password is hashed {_short(iterations)} times: at most {MOST_ITERATIONS:,} "
                "are"
                " accepted."
            )
        self.iterations += iterations
        if self.iterations > 2 * MOST_ITERATIONS:
            raise CostlyKeyError(
                f"Its password is hashed more than {2 * MOST_ITERATIONS:,} times in all parts "
                "together."
            )


def check_key(der: bytes) -> None:
    """Raise `CostlyKeyError` if an `EncryptedPrivateKeyInfo` (RFC 5958) costs too much to open.

    Raise `BerError` if it is malformed.
    """
    _encrypted_key(ber.read(der), _Bill())


def check_pkcs12(binary: bytes) -> None:
    """Check a PKCS#12 file (RFC 7292) likewise: its MAC, and each encrypted part."""
    bill = _Bill()
    _, content, *mac = ber.read(binary).children()
    for part in _sequence_in(content):
        _part(part, bill)
    if mac:
        _mac(mac[0], bill)


def _sequence_in(content: Element) -> list[Element]:
    """Open a `ContentInfo` of data, which contains a sequence as bytes."""
    kind, wrapped = content.children()
    if kind.oid() != _DATA:
        raise BerError
    return ber.read(_only(wrapped).octets()).children()


def _part(part: Element, bill: _Bill) -> None:
    kind, wrapped = part.children()
    if kind.oid() == _ENCRYPTED_DATA:
        _, encrypted, *_ = _only(wrapped).children()
        _, algorithm, *_ = encrypted.children()
        _encryption(algorithm, bill)
    else:
        _bags(_sequence_in(part), bill, depth=1)


def _bags(bags: list[Element], bill: _Bill, *, depth: int) -> None:
    if depth > _MOST_DEPTH:
        raise BerError
    for bag in bags:
        kind, value, *_ = bag.children()
        if kind.oid() == _SHROUDED_KEY:
            _encrypted_key(_only(value), bill)
        elif kind.oid() == _NESTED:
            _bags(_only(value).children(), bill, depth=depth + 1)


def _encrypted_key(key: Element, bill: _Bill) -> None:
    algorithm, _ = key.children()
    _encryption(algorithm, bill)


def _mac(mac: Element, bill: _Bill) -> None:
    """Check `MacData`, whose own salt and count are unused with PBMAC1 (RFC 9579)."""
    digest, salt, *iterations = mac.children()
    _check_salt(salt)
    kind, *parameters = digest.children()[0].children()
    if kind.oid() == _PBMAC1:
        derivation, *_ = _first(parameters).children()
        _derivation(derivation, bill)
    else:
        bill.add(iterations[0].integer() if iterations else 1)


def _encryption(algorithm: Element, bill: _Bill) -> None:
    kind, *parameters = algorithm.children()
    if kind.oid() == _PBES2:
        derivation, *_ = _first(parameters).children()
        _derivation(derivation, bill)
    elif kind.oid() in _PBES1 or kind.oid() in _PBE_OF_PKCS12:
        salt, iterations = _first(parameters).children()
        _check_salt(salt)
        bill.add(iterations.integer())
    else:
        raise CostlyKeyError("Its encryption is not supported.")


def _derivation(algorithm: Element, bill: _Bill) -> None:
    kind, *parameters = algorithm.children()
    if kind.oid() == _PBKDF2:
        salt, iterations, *others = _first(parameters).children()
        _check_salt(salt)
        _check_length(others)
        bill.add(iterations.integer())
    elif kind.oid() == _SCRYPT:
        salt, cost, block_size, parallel, *others = _first(parameters).children()
        _check_salt(salt)
        _check_length(others)
        _check_scrypt(cost.integer(), block_size.integer(), parallel.integer())
    else:
        raise CostlyKeyError("The hash of its password is not supported.")


def _check_scrypt(cost: int, block_size: int, parallel: int) -> None:
    if min(cost, block_size, parallel) < 1:
        raise BerError
    size = 128 * cost * block_size * parallel
    if size > MOST_SCRYPT_BYTES:
        raise CostlyKeyError(
            f"Its password is hashed by scrypt over {_short(size >> 20)} MiB: at most"
            f" {MOST_SCRYPT_BYTES >> 20} are accepted."
        )


def _check_salt(salt: Element) -> None:
    if len(salt.octets()) > _LONGEST_SALT:
        raise BerError


def _check_length(others: list[Element]) -> None:
    """Refuse a key longer than any cipher's: each block of it takes all iterations again."""
    lengths = [each.integer() for each in others if each.tag == ber.INTEGER]
    if any(not 0 < length <= _LONGEST_KEY for length in lengths):
        raise BerError


def _only(wrapped: Element) -> Element:
    return _first(wrapped.children(_EXPLICIT))


def _first(elements: list[Element]) -> Element:
    if len(elements) != 1:
        raise BerError
    return elements[0]


def _short(number: int) -> str:
    """Format a number of a file, which may have thousands of digits."""
    return f"{number:,}" if number < 10**12 else "more than 10^12"
