"""The outlines of BER: what is written is found again, and nothing makes them take long."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from security.private_keys import ber
from security.private_keys.ber import BerError
from tests.security import der


def test_what_was_written_is_found_again() -> None:
    found = ber.read(der.sequence(der.integer(-5), der.octets(b"abc"), der.oid("1.2.840.113549")))
    number, text, name = found.children()
    assert (number.integer(), text.octets()) == (-5, b"abc")
    assert name.oid() == ber.oid("1.2.840.113549") == bytes.fromhex("2a864886f70d")


@pytest.mark.parametrize("size", [0, 127, 128, 255, 256, 65_536])
def test_every_length_is_read(size: int) -> None:
    assert len(ber.read(der.octets(bytes(size))).octets()) == size


def test_lengths_that_are_not_given_end_with_two_zero_bytes() -> None:
    inner = b"\x30\x80" + der.integer(1) + b"\0\0"
    outer = ber.read(b"\x30\x80" + inner + der.integer(2) + b"\0\0")
    first, second = outer.children()
    assert first.children()[0].integer() == 1
    assert second.integer() == 2


def test_a_string_may_come_in_pieces() -> None:
    pieces = der.octets(b"ab") + der.octets(b"c")
    assert ber.read(der.value(0x24, pieces)).octets() == b"abc"
    assert ber.read(b"\x24\x80" + pieces + b"\0\0").octets() == b"abc"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x30",
        b"\x30\x05abc",
        b"\x30\x00\x00",  # something behind it
        b"\x30\x00\x30\x00",
        b"\x1f\x81\x01\x00",  # a long tag
        b"\x04\x80ab\0\0",  # no pieces, and no length
        b"\x30\x85\0\0\0\0\0",  # a length of five bytes
        b"\x30\x80\x02\x01\x01",  # no end
        b"\x30\x80" * 17 + b"\0\0" * 17,
    ],
)
def test_anything_else_is_refused(data: bytes) -> None:
    with pytest.raises(BerError):
        ber.read(data)


def test_what_is_of_another_kind_is_refused() -> None:
    number = ber.read(der.integer(1))
    for ask in (number.children, number.octets, number.oid):
        with pytest.raises(BerError):
            ask()
    with pytest.raises(BerError):
        ber.read(der.octets(b"")).integer()
    with pytest.raises(BerError):
        ber.read(der.value(0x24, der.integer(1))).octets()


@given(st.binary(max_size=300))
def test_whatever_comes_is_read_or_refused(data: bytes) -> None:
    try:
        found = ber.read(data)
    except BerError:
        return
    assert len(found.content) < len(data)
