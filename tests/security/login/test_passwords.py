"""Passwords: what is stored, and what an answer gives away."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from security.login import passwords

PASSWORD = "correct horse battery"


def test_a_hash_is_argon2id_and_salted() -> None:
    one, other = passwords.hashed(PASSWORD), passwords.hashed(PASSWORD)
    assert one.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert one != other
    assert PASSWORD not in one


@pytest.mark.parametrize("wrong", ["", "correct horse batter", "Correct horse battery", "\0"])
def test_only_the_password_matches(wrong: str) -> None:
    stored = passwords.hashed(PASSWORD)
    assert passwords.matches(stored, PASSWORD)
    assert not passwords.matches(stored, wrong)


def test_without_an_account_nothing_matches() -> None:
    assert not passwords.matches(None, PASSWORD)


@pytest.mark.parametrize("damaged", ["", "plain", "$argon2id$v=19$m=19456"])
def test_a_damaged_hash_matches_nothing(damaged: str) -> None:
    assert not passwords.matches(damaged, PASSWORD)


def test_a_hash_of_other_parameters_is_outdated() -> None:
    assert not passwords.is_outdated(passwords.hashed(PASSWORD))
    weak = "$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHRzb21l$" + "A" * 43
    assert passwords.is_outdated(weak)


@pytest.mark.parametrize(
    "password",
    [
        "passwordpassword",
        "Password1234!",
        "qwertyuiop123",
        "x" * 256,
        "iloveyou1234",
    ],
)
def test_what_many_people_take_is_guessable_whatever_signs_it_has(password: str) -> None:
    assert passwords.is_guessable(password, [])


@pytest.mark.parametrize("password", [PASSWORD, "twelve chars", "öäüé ßñø ж 字 🙂", "zq8fjw0vkx2m"])
def test_what_few_would_guess_is_not_whatever_signs_it_lacks(password: str) -> None:
    assert not passwords.is_guessable(password, [])


def test_what_is_known_of_its_owner_makes_it_guessable() -> None:
    address = "wobbegong@reef.example"
    assert not passwords.is_guessable(address, [])
    assert passwords.is_guessable(address, [address])


@given(st.text(min_size=passwords.SHORTEST, max_size=passwords.LONGEST))
def test_any_text_can_be_judged(password: str) -> None:
    assert passwords.is_guessable(password, []) in {True, False}
