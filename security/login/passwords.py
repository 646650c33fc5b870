"""Passwords: argon2id hashes, and a check of equal cost whether or not an account exists."""

from collections.abc import Iterable
from functools import cache
from secrets import token_urlsafe
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST = 12
LONGEST = 256

_LEAST_SCORE = 3
"""The least score of zxcvbn, of 4: at least 10^8 guesses for a guesser who knows common choices."""
_LOOKED_AT = 36
"""The most characters that zxcvbn examines: more would take time and only raise the score."""

_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
_OURS = ("downtime", "monitor", "uptime")
# Each hash takes 19 MiB, so this limits the memory that a flood of logins can use.
_AT_ONCE = BoundedSemaphore(4)


def is_guessable(password: str, about: Iterable[str]) -> bool:
    """Return whether a password is common, or mostly made of words `about` its owner.

    There is no rule about character classes: length and rarity count (NIST SP 800-63B).
    """
    from zxcvbn import zxcvbn  # noqa: PLC0415 - its lists take time and memory

    found = zxcvbn(password[:_LOOKED_AT], user_inputs=[*about, *_OURS])
    return bool(found["score"] < _LEAST_SCORE)


def hashed(password: str) -> str:
    """Return the salted hash to store."""
    with _AT_ONCE:
        return _HASHER.hash(password)


def matches(password_hash: str | None, password: str) -> bool:
    """Return whether the password is right; without a hash it is not, after the same work."""
    with _AT_ONCE:
        try:
            _HASHER.verify(password_hash or _nobodys_hash(), password)
        except (VerificationError, InvalidHashError):
            return False
    return password_hash is not None


def is_outdated(password_hash: str) -> bool:
    """Return whether the hash was made with other parameters than the current ones."""
    return _HASHER.check_needs_rehash(password_hash)


@cache
def _nobodys_hash() -> str:
    return _HASHER.hash(token_urlsafe())
