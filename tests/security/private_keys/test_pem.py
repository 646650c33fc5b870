"""Abuse 102: what is in a private key is looked at before it is loaded."""

import pytest
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, rsa, x25519
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from security.private_keys import pem as key_pem
from security.private_keys.pem import PrivateKey, PrivateKeyError
from tests.security import costly_files as make
from tests.security.costly_files import EXPLICIT_CURVE
from tests.security.der import explicit, integer, octets, oid, sequence, value

pytestmark = pytest.mark.abuse(102)

RSA = rsa.generate_private_key(65_537, 2048)
CURVE = ec.generate_private_key(ec.SECP256R1())
ED25519 = ed25519.Ed25519PrivateKey.generate()
OF_RSA = sequence(oid("1.2.840.113549.1.1.1"), value(0x05))
OF_A_CURVE, P_256 = oid("1.2.840.10045.2.1"), oid("1.2.840.10045.3.1.7")
PKCS8, OF_OPENSSL = PrivateFormat.PKCS8, PrivateFormat.TraditionalOpenSSL


def written(key: PrivateKey, form: PrivateFormat = PKCS8, password: bytes | None = None) -> str:
    how = BestAvailableEncryption(password) if password else NoEncryption()
    return key.private_bytes(Encoding.PEM, form, how).decode()


def rsa_numbers(bits: int, *, exponent: int = 65_537, version: int = 0, more: int = 0) -> bytes:
    """Write an RSA key with numbers of these sizes, whose primes are none."""
    modulus, half = (1 << bits) - 1, (1 << bits // 2) - 1
    numbers = (modulus, exponent, modulus >> 1, *[half] * 5, *[half] * more)
    return sequence(integer(version), *map(integer, numbers))


def pkcs8(algorithm: bytes, content: bytes) -> str:
    return make.pem(sequence(integer(0), algorithm, octets(content)), "PRIVATE KEY")


def reason(pem: str) -> str:
    with pytest.raises(PrivateKeyError) as refused:
        key_pem.load(pem)
    return str(refused.value)


@pytest.mark.parametrize("is_known", [False, True])
@pytest.mark.parametrize(
    "pem",
    [
        written(RSA),
        written(RSA, OF_OPENSSL),
        written(CURVE),
        written(CURVE, OF_OPENSSL),
        written(ED25519),
        "Bag Attributes\n    friendlyName: a\n" + written(CURVE) + "behind it\n",
        make.pem(P_256, "EC PARAMETERS") + written(CURVE, OF_OPENSSL),
        written(CURVE).replace("\n", "\r\n"),
    ],
)
def test_usual_keys_are_loaded(pem: str, *, is_known: bool) -> None:
    public = key_pem.load(pem, is_known=is_known).public_key()
    assert any(public == each.public_key() for each in (RSA, CURVE, ED25519))


@pytest.mark.parametrize("bits", [512, 1024, 2047, 4097, 8192, 16_384, 40_000])
def test_rsa_keys_of_other_sizes_are_not_loaded(bits: int) -> None:
    notified = f"must have 2048 to 4096 bits, and this one has {bits:,}."
    numbers = rsa_numbers(bits)
    assert notified in reason(make.pem(numbers, "RSA PRIVATE KEY"))
    assert notified in reason(pkcs8(OF_RSA, numbers))
    assert notified in reason(pkcs8(sequence(oid("1.2.840.113549.1.1.10")), numbers))


@pytest.mark.parametrize(
    "numbers",
    [
        rsa_numbers(2048, exponent=(1 << 300) + 1),
        rsa_numbers(2048, exponent=-3),
        rsa_numbers(2048, version=1),
        rsa_numbers(2048, more=2),
        sequence(*[integer(each) for each in (0, (1 << 2048) - 1, 3, 1 << 9000, 1, 1, 1, 1, 1)]),
        rsa_numbers(2048) + b"\0\0",
        sequence(integer(0)),
        rsa_numbers(2048),  # that fits, and yet is none
    ],
)
def test_rsa_keys_whose_numbers_do_not_fit_are_none(numbers: bytes) -> None:
    assert reason(make.pem(numbers, "RSA PRIVATE KEY")) == key_pem.NOT_PEM
    assert reason(pkcs8(OF_RSA, numbers)) == key_pem.NOT_PEM


def test_a_key_that_was_validated_before_is_not_validated_again() -> None:
    strange = make.pem(rsa_numbers(2048), "RSA PRIVATE KEY")
    key_pem.load(strange, is_known=True)
    assert reason(strange) == key_pem.NOT_PEM


def test_large_keys_are_left_to_a_child_to_validate() -> None:
    """To validate one takes a quarter of a second, in which nobody else in the process runs."""
    strange = make.pem(rsa_numbers(4096), "RSA PRIVATE KEY")
    key_pem.load(strange)
    assert key_pem.is_slow(strange)
    assert not any(map(key_pem.is_slow, (written(RSA), written(CURVE), written(ED25519))))
    assert not key_pem.is_slow(written(RSA, password=b"password"))
    for none in ("no key", make.pem(b"abc", "RSA PRIVATE KEY")):
        with pytest.raises(PrivateKeyError):
            key_pem.is_slow(none)


@pytest.mark.parametrize("label", ["EC PRIVATE KEY", "PRIVATE KEY"])
def test_a_key_of_another_kind_than_it_says_is_not_loaded_as_that(label: str) -> None:
    # Loaders try one form after the other, so this would be an RSA key that nobody looked at.
    assert reason(make.pem(rsa_numbers(16_384), label)) == key_pem.NOT_PEM
    with pytest.raises(PrivateKeyError):
        key_pem.load(make.pem(rsa_numbers(4096), label), is_known=True)


@pytest.mark.parametrize(
    "pem",
    [
        pkcs8(sequence(OF_A_CURVE, EXPLICIT_CURVE), sequence(integer(1), octets(bytes(32)))),
        pkcs8(
            sequence(OF_A_CURVE, P_256),
            sequence(integer(1), octets(bytes(32)), explicit(EXPLICIT_CURVE)),
        ),
        make.pem(
            sequence(integer(1), octets(bytes(32)), explicit(EXPLICIT_CURVE)), "EC PRIVATE KEY"
        ),
        pkcs8(sequence(OF_A_CURVE), sequence(integer(1), octets(bytes(32)))),
    ],
)
def test_curves_that_a_key_describes_by_itself_are_not_taken(pem: str) -> None:
    assert reason(pem) == "The key must be on a named curve."


def test_other_kinds_are_not_taken() -> None:
    others = (
        dsa.generate_private_key(2048),
        ed448.Ed448PrivateKey.generate(),
        x25519.X25519PrivateKey.generate(),
    )
    for key in others:
        assert "must be RSA, on a NIST curve, or Ed25519" in reason(
            key.private_bytes(Encoding.PEM, PKCS8, NoEncryption()).decode()
        )
    assert "must be RSA" in reason(written(CURVE).replace("PRIVATE", "DSA PRIVATE"))


def test_keys_of_openssh_are_not_taken_and_the_way_out_is_named() -> None:
    assert "ssh-keygen -p -m PKCS8" in reason(written(CURVE, PrivateFormat.OpenSSH))
    assert "ssh-keygen" in reason(written(ED25519, PrivateFormat.OpenSSH))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no key",
        "-----BEGIN PRIVATE KEY-----",
        "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END EC PRIVATE KEY-----",
        "-----BEGIN PRIVATE KEY-----\n!\n-----END PRIVATE KEY-----",
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----",
        "-----BEGIN " * 1000,
        make.pem(b"", "PRIVATE KEY"),
        make.pem(bytes(100), "PRIVATE KEY"),
    ],
)
def test_what_is_no_key_is_refused(text: str) -> None:
    assert reason(text) == key_pem.NOT_PEM


def test_there_is_one_key_in_a_text() -> None:
    both = written(CURVE) + written(RSA)
    assert reason(both) == "There must be one private key."


def test_encrypted_keys_are_told_and_not_opened() -> None:
    for form in (PKCS8, OF_OPENSSL):
        pem = written(CURVE, form, b"password")
        assert key_pem.is_encrypted(pem)
        assert reason(pem) == "The key must not be encrypted."
        key_pem.check_cost(pem)
    assert not key_pem.is_encrypted(written(CURVE))


@pytest.mark.abuse(100)
def test_encrypted_keys_that_take_much_are_refused() -> None:
    costly = make.pem(make.encrypted_key(make.pbes2(make.pbkdf2(400_000_000))))
    with pytest.raises(PrivateKeyError, match="400,000,000 times: at most 1,000,000"):
        key_pem.check_cost(costly)
    with pytest.raises(PrivateKeyError, match="not a private key"):
        key_pem.check_cost(make.pem(b"abc"))
