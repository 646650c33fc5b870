"""Abuse 100: files are opened by a child with limits, and nothing of them needs a password afterwards."""

import os
import resource

import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC
from cryptography.hazmat.primitives.padding import PKCS7
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
    pkcs12,
)

from security.private_keys import ber
from security.private_keys import opening as key_opening
from security.private_keys import pem as key_pem
from security.private_keys.opening import OpeningError
from tests.costs.schemes import largest_key, strange_key
from tests.security import costly_files as make
from tests.security import der

pytestmark = pytest.mark.abuse(100)

PASSWORD = "canary-pässword"
KEY = ec.generate_private_key(ec.SECP256R1())
AUTHORITY = trustme.CA()
ISSUED = AUTHORITY.issue_cert("client@shop.test")
OWN_KEY = load_pem_private_key(ISSUED.private_key_pem.bytes(), None)
CHAIN = [
    x509.load_pem_x509_certificate(each.bytes())
    for each in (ISSUED.cert_chain_pems[0], AUTHORITY.cert_pem)
]


def file(how: KeySerializationEncryption | None = None, *, key: bool = True) -> bytes:
    return pkcs12.serialize_key_and_certificates(
        b"client",
        OWN_KEY if key else None,  # type: ignore[arg-type] # trustme makes keys of kinds that fit
        CHAIN[0],
        CHAIN[1:],
        how or BestAvailableEncryption(PASSWORD.encode()),
    )


def way(encryption: pkcs12.PBES, rounds: int) -> KeySerializationEncryption:
    builder = PrivateFormat.PKCS12.encryption_builder().kdf_rounds(rounds)
    return builder.key_cert_algorithm(encryption).hmac_hash(SHA256()).build(PASSWORD.encode())


@pytest.mark.parametrize("form", [PrivateFormat.PKCS8, PrivateFormat.TraditionalOpenSSL])
def test_a_key_is_opened(form: PrivateFormat) -> None:
    pem = KEY.private_bytes(Encoding.PEM, form, BestAvailableEncryption(PASSWORD.encode())).decode()
    key_pem.check_cost(pem)
    opened = key_opening.open_key(pem, PASSWORD)
    assert not key_pem.is_encrypted(opened)
    assert key_pem.load(opened).public_key() == KEY.public_key()
    with pytest.raises(OpeningError, match="the password is wrong"):
        key_opening.open_key(pem, "another")


@pytest.mark.parametrize(
    "how",
    [
        None,
        NoEncryption(),
        way(pkcs12.PBES.PBESv2SHA256AndAES256CBC, 50_000),
        way(pkcs12.PBES.PBESv1SHA1And3KeyTripleDESCBC, 50_000),
    ],
)
def test_a_pkcs12_file_is_taken_apart(how: KeySerializationEncryption | None) -> None:
    password = None if isinstance(how, NoEncryption) else PASSWORD
    opened = key_opening.open_pkcs12(make.base64(file(how)), password)
    assert key_pem.load(opened.key).public_key() == CHAIN[0].public_key()
    assert x509.load_pem_x509_certificates(opened.certificates.encode()) == CHAIN


def test_so_is_one_whose_lengths_are_not_given_as_some_browsers_write_it() -> None:
    whole = ber.read(file())
    version, *others = whole.children()
    parts = [bytes([each.tag, 0x80]) + each.content + b"\0\0" for each in others]
    written = b"\x30\x80" + der.value(version.tag, version.content) + b"".join(parts) + b"\0\0"
    opened = key_opening.open_pkcs12(make.base64(written), PASSWORD)
    assert key_pem.load(opened.key).public_key() == CHAIN[0].public_key()


def test_what_does_not_open_is_told_in_words() -> None:
    wrong = "This is not a PKCS#12 file, or the password is wrong."
    cases: list[tuple[str, str | None, str]] = [
        (make.base64(file()), "another", wrong),
        (make.base64(file()), None, wrong),
        (make.base64(make.pkcs12()), PASSWORD, "must contain a key and its certificate."),
        ("AAAA", PASSWORD, wrong),
        ("?", PASSWORD, "The PKCS#12 file is not in Base64."),
        (make.base64(file(key=False)), PASSWORD, "must contain a key and its certificate."),
    ]
    for text, password, words in cases:
        with pytest.raises(OpeningError) as refused:
            key_opening.open_pkcs12(text, password)
        assert words in str(refused.value)


@pytest.mark.abuse(102)
def test_a_large_key_is_validated_by_the_child() -> None:
    key_opening.validate(largest_key())
    with pytest.raises(OpeningError, match="not a private key in PEM"):
        key_opening.validate(strange_key(4096))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (make.encrypted_part(make.pbes2(make.pbkdf2(400_000_000))), "400,000,000 times"),
        (make.encrypted_part(make.pbes2(make.scrypt(1 << 24, 8, 1))), "16,384 MiB"),
    ],
)
def test_what_would_take_much_starts_no_child(content: bytes, words: str) -> None:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with pytest.raises(OpeningError, match=words):
        key_opening.open_pkcs12(make.base64(make.pkcs12(content)), PASSWORD)
    assert resource.getrusage(resource.RUSAGE_CHILDREN) == before


def sealed(content: bytes) -> bytes:
    """Encrypt a part with a derivation of one iteration, so that nobody sees from outside what is in it."""
    salt, vector = b"12345678", bytes(16)
    key = PBKDF2HMAC(SHA256(), 16, salt, 1).derive(PASSWORD.encode())
    padder, encryptor = PKCS7(128).padder(), Cipher(AES(key), CBC(vector)).encryptor()
    ciphertext = encryptor.update(padder.update(content) + padder.finalize()) + encryptor.finalize()
    algorithm = make.pbes2(make.pbkdf2(1, make.HMAC_SHA256))
    inner = der.sequence(der.oid(make.DATA), algorithm, der.value(0x80, ciphertext))
    return der.sequence(
        der.oid(make.ENCRYPTED_DATA), der.explicit(der.sequence(der.integer(0), inner))
    )


def hidden(algorithm: bytes) -> str:
    """Write a file whose encrypted part holds a key that is encrypted once more."""
    bag = make.bag(make.SHROUDED_BAG, make.encrypted_key(algorithm))
    return make.base64(make.pkcs12(sealed(der.sequence(bag))))


@pytest.mark.parametrize(
    "algorithm",
    [make.pbes2(make.pbkdf2(400_000_000)), make.pbes2(make.scrypt(1 << 24, 8, 1))],
    ids=["400 million iterations", "16 GiB"],
)
def test_what_only_shows_inside_ends_by_the_limits_of_the_child(algorithm: bytes) -> None:
    before = cpu_of_children()
    with pytest.raises(OpeningError, match=r"too much time or memory|the password is wrong"):
        key_opening.open_pkcs12(hidden(algorithm), PASSWORD)
    assert cpu_of_children() - before < 4.5


def cpu_of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def test_the_child_gets_no_variable_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    """A start-up file that a variable names would run in it."""
    monkeypatch.setenv("PYTHONSTARTUP", "/nonexistent")
    monkeypatch.setenv("PYTHONPATH", "/nonexistent")
    monkeypatch.setenv("PYTHONHOME", "/nonexistent")
    assert "PYTHONHOME" in os.environ
    assert key_opening.open_pkcs12(make.base64(file()), PASSWORD).key
