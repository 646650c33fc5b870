"""Abuse 100: what it takes to open a file is read before anything is computed."""

import pytest

from security.private_keys import costs as key_costs
from security.private_keys.ber import BerError
from security.private_keys.costs import MOST_ITERATIONS, CostlyKeyError
from tests.security import costly_files as make
from tests.security.der import explicit, integer, octets, oid, sequence

pytestmark = pytest.mark.abuse(100)

FEW, MOST, MANY = 2048, MOST_ITERATIONS, MOST_ITERATIONS + 1
COSTLY = {
    "pbkdf2": make.pbes2(make.pbkdf2(MANY)),
    "pbkdf2, 400 million times": make.pbes2(make.pbkdf2(400_000_000)),
    "pbkdf2, more than can be counted": make.pbes2(make.pbkdf2(1 << 40_000)),
    "scrypt over 16 GiB": make.pbes2(make.scrypt(1 << 24, 8, 1)),
    "scrypt in parallel": make.pbes2(make.scrypt(1 << 14, 8, 5)),
    "scrypt of long blocks": make.pbes2(make.scrypt(2, 1 << 19, 1)),
    "scrypt of countless parts": make.pbes2(make.scrypt(2, 1, 1 << 30)),
    "another derivation": make.pbes2(sequence(oid("1.2.3.4"), sequence(octets(b"")))),
    "another encryption": sequence(oid("1.2.3.4"), sequence(octets(b""), integer(1))),
    **{f"PBES1 {each}": make.pbe(f"5.{each}", MANY) for each in (1, 3, 4, 6, 10, 11)},
    **{f"PBE of PKCS#12 {each}": make.pbe(f"12.1.{each}", MANY) for each in range(1, 7)},
}
CHEAP = {
    "pbkdf2": make.pbes2(make.pbkdf2(MOST)),
    "pbkdf2 with a length": make.pbes2(make.pbkdf2(FEW, integer(32), sequence(oid("1.2")))),
    "scrypt as OpenSSL has it": make.pbes2(make.scrypt(1 << 14, 8, 1)),
    "scrypt over 64 MiB": make.pbes2(make.scrypt(1 << 16, 8, 1)),
    "PBES1": make.pbe("5.10", MOST),
    "PBE of PKCS#12": make.pbe("12.1.3", MOST),
}


@pytest.mark.parametrize("algorithm", CHEAP.values(), ids=CHEAP)
def test_what_takes_little_passes(algorithm: bytes) -> None:
    key_costs.check_key(make.encrypted_key(algorithm))
    bag = make.bag(make.SHROUDED_BAG, make.encrypted_key(algorithm))
    key_costs.check_pkcs12(make.pkcs12(make.encrypted_part(algorithm), mac=make.usual_mac(FEW)))
    key_costs.check_pkcs12(make.pkcs12(make.plain_part(bag), mac=make.usual_mac(None)))


@pytest.mark.parametrize("algorithm", COSTLY.values(), ids=COSTLY)
def test_what_takes_much_does_not_wherever_it_stands(algorithm: bytes) -> None:
    bag = make.bag(make.SHROUDED_BAG, make.encrypted_key(algorithm))
    nested = make.bag(make.NESTED_BAG, sequence(make.bag(make.NESTED_BAG, sequence(bag))))
    files = [
        make.pkcs12(make.encrypted_part(algorithm)),
        make.pkcs12(make.plain_part(bag)),
        make.pkcs12(make.encrypted_part(CHEAP["PBES1"]), make.plain_part(nested)),
    ]
    with pytest.raises(CostlyKeyError):
        key_costs.check_key(make.encrypted_key(algorithm))
    for file in files:
        with pytest.raises(CostlyKeyError):
            key_costs.check_pkcs12(file)


@pytest.mark.parametrize(
    "mac",
    [
        make.usual_mac(MANY),
        make.usual_mac(1 << 40_000),
        make.pbmac1(make.pbkdf2(MANY)),
        make.pbmac1(make.scrypt(1 << 24, 8, 1)),
    ],
)
def test_a_mac_counts_too(mac: bytes) -> None:
    with pytest.raises(CostlyKeyError):
        key_costs.check_pkcs12(make.pkcs12(mac=mac))


def test_all_parts_of_a_file_count_together() -> None:
    part = make.encrypted_part(make.pbes2(make.pbkdf2(MOST)))
    key_costs.check_pkcs12(make.pkcs12(part, part))
    with pytest.raises(CostlyKeyError, match="in all parts together"):
        key_costs.check_pkcs12(make.pkcs12(part, part, mac=make.usual_mac(1)))


def test_the_sentence_says_the_number_and_the_limit() -> None:
    with pytest.raises(CostlyKeyError, match="400,000,000 times: at most 1,000,000 are accepted"):
        key_costs.check_key(make.encrypted_key(COSTLY["pbkdf2, 400 million times"]))
    with pytest.raises(CostlyKeyError, match="over 16,384 MiB: at most 64 are accepted"):
        key_costs.check_key(make.encrypted_key(COSTLY["scrypt over 16 GiB"]))


@pytest.mark.parametrize(
    "algorithm",
    [
        make.pbes2(make.pbkdf2(0)),
        make.pbes2(make.pbkdf2(-1)),
        make.pbes2(make.pbkdf2(FEW, integer(1 << 30))),  # each 20 bytes of it cost all iterations
        make.pbes2(make.scrypt(0, 8, 1)),
        make.pbes2(make.scrypt(1 << 14, -8, -1)),
        make.pbes2(sequence(oid("1.3.6.1.4.1.11591.4.11"), sequence(make.SALT, integer(2)))),
        make.pbes2(sequence(oid("1.2.840.113549.1.5.12"))),
        sequence(oid("1.2.840.113549.1.5.13")),
        sequence(oid("1.2.840.113549.1.5.10"), sequence(octets(bytes(2000)), integer(1))),
    ],
)
def test_numbers_that_make_no_sense_are_no_key(algorithm: bytes) -> None:
    with pytest.raises(ValueError) as refused:  # noqa: PT011 - whatever does not fit is one
        key_costs.check_key(make.encrypted_key(algorithm))
    assert not isinstance(refused.value, CostlyKeyError)


def test_parts_that_cannot_be_looked_into_are_no_pkcs12_file() -> None:
    enveloped = sequence(oid("1.2.840.113549.1.7.3"), explicit(sequence()))
    bag = make.bag(make.CERTIFICATE_BAG, sequence())
    for _ in range(5):
        bag = make.bag(make.NESTED_BAG, sequence(bag))
    for file in (make.pkcs12(enveloped), make.pkcs12(make.plain_part(bag))):
        with pytest.raises(BerError):
            key_costs.check_pkcs12(file)
    with pytest.raises(BerError):
        key_costs.check_pkcs12(make.pkcs12() + b"\0\0")
