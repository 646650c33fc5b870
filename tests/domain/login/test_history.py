"""What the history keeps of an origin: a network, the family of a program, and a hash."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.login.history import device_hash, network_of, program_of

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
EDGE = "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0"


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.77", "192.0.2.0/24"),
        ("2001:db8:1:2::9", "2001:db8:1::/48"),
        ("::ffff:192.0.2.77", "192.0.2.0/24"),
        ("", ""),
        ("no address", ""),
    ],
)
def test_of_an_address_only_the_network_is_kept(address: str, network: str) -> None:
    assert network_of(address) == network


@pytest.mark.parametrize(
    ("agent", "program"),
    [(FIREFOX, "Firefox"), (EDGE, "Edge"), ("curl/8.5.0", "curl"), ("", "")],
    ids=["firefox", "edge", "curl", "nothing"],
)
def test_of_a_program_only_the_family_is_kept(agent: str, program: str) -> None:
    assert program_of(agent) == program


@given(st.text())
def test_any_agent_has_a_short_family(agent: str) -> None:
    assert len(program_of(agent)) <= 40


parts = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20)


@given(st.tuples(parts, parts, parts), st.tuples(parts, parts, parts), st.binary(max_size=16))
def test_another_network_program_or_cookie_is_another_device(
    one: tuple[str, str, str], other: tuple[str, str, str], salt: bytes
) -> None:
    assert (device_hash(salt, *one) == device_hash(salt, *other)) == (one == other)


def test_a_device_of_one_account_says_nothing_about_another() -> None:
    assert device_hash(b"a", "", "", "x") != device_hash(b"b", "", "", "x")
