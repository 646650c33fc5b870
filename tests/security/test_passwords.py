"""Passwords: what is stored, and what an answer gives away."""

import pytest

from security import passwords

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
