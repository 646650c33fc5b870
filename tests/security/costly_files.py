"""Keys and PKCS#12 files that say of themselves what it takes to open them."""

from base64 import b64encode

from tests.security.der import explicit, integer, octets, oid, sequence, value

SALT = octets(b"12345678")
DATA, ENCRYPTED_DATA = "1.2.840.113549.1.7.1", "1.2.840.113549.1.7.6"
CERTIFICATE_BAG, SHROUDED_BAG, NESTED_BAG = (
    f"1.2.840.113549.1.12.10.1.{each}" for each in (3, 2, 6)
)
_AES_128 = sequence(oid("2.16.840.1.101.3.4.1.2"), octets(bytes(16)))
HMAC_SHA256 = sequence(oid("1.2.840.113549.2.9"))
_SHA256 = sequence(oid("2.16.840.1.101.3.4.2.1"), value(0x05))

EXPLICIT_CURVE = sequence(
    integer(1),
    sequence(oid("1.2.840.10045.1.1"), integer((1 << 4096) + 1)),
    sequence(octets(bytes(512)), octets(bytes(512))),
    octets(bytes(1025)),
    integer(7),
)
"""Parameters that describe a curve instead of naming one."""


def pbkdf2(iterations: int, *more: bytes) -> bytes:
    parameters = sequence(SALT, integer(iterations), *more)
    return sequence(oid("1.2.840.113549.1.5.12"), parameters)


def scrypt(cost: int, block_size: int, parallel: int, *more: bytes) -> bytes:
    numbers = (integer(each) for each in (cost, block_size, parallel))
    return sequence(oid("1.3.6.1.4.1.11591.4.11"), sequence(SALT, *numbers, *more))


def pbes2(derivation: bytes) -> bytes:
    return sequence(oid("1.2.840.113549.1.5.13"), sequence(derivation, _AES_128))


def pbe(number: str, iterations: int) -> bytes:
    """Write one of the ways of PKCS#5 version 1.5 or of PKCS#12, such as `12.1.3`."""
    return sequence(oid(f"1.2.840.113549.1.{number}"), sequence(SALT, integer(iterations)))


def encrypted_key(algorithm: bytes) -> bytes:
    return sequence(algorithm, octets(bytes(48)))


def pem(der: bytes, label: str = "ENCRYPTED PRIVATE KEY") -> str:
    text = b64encode(der).decode()
    lines = (text[at : at + 64] for at in range(0, len(text), 64))
    return "\n".join([f"-----BEGIN {label}-----", *lines, f"-----END {label}-----", ""])


def bag(kind: str, content: bytes) -> bytes:
    return sequence(oid(kind), explicit(content))


def plain_part(*bags: bytes) -> bytes:
    return sequence(oid(DATA), explicit(octets(sequence(*bags))))


def encrypted_part(algorithm: bytes) -> bytes:
    content = sequence(oid(DATA), algorithm, value(0x80, bytes(48)))
    return sequence(oid(ENCRYPTED_DATA), explicit(sequence(integer(0), content)))


def usual_mac(iterations: int | None) -> bytes:
    count = () if iterations is None else (integer(iterations),)
    return sequence(sequence(_SHA256, octets(bytes(32))), SALT, *count)


def pbmac1(derivation: bytes) -> bytes:
    algorithm = sequence(oid("1.2.840.113549.1.5.14"), sequence(derivation, HMAC_SHA256))
    return sequence(sequence(algorithm, octets(bytes(32))), SALT, integer(1))


def pkcs12(*parts: bytes, mac: bytes | None = None) -> bytes:
    safe = sequence(oid(DATA), explicit(octets(sequence(*parts))))
    return sequence(integer(3), safe, *([mac] if mac else []))


def base64(binary: bytes) -> str:
    return b64encode(binary).decode()
