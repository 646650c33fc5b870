"""Passwords: argon2id hashes, and a check that costs the same whether or not there is an account."""

from collections.abc import Iterable
from functools import cache
from secrets import token_urlsafe
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST = 12
LONGEST = 256

_LEAST_SCORE = 3
"""Of 4, by zxcvbn: what takes more than 10^8 guesses by who knows what people choose."""
_LOOKED_AT = 36
"""Characters: more would take time and could only make it better."""

_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
_OURS = ("downtime", "monitor", "uptime")
# Each hash takes 19 MiB: this many at once bound what a flood of logins can make us use.
_AT_ONCE = BoundedSemaphore(4)


def is_guessable(password: str, about: Iterable[str]) -> bool:
    """Tell whether it is common, or made of little more than that or of words `dedup_key` its owner.

    Says nothing of which signs it must have: length and rarity are what counts (NIST SP 800-63B).
    """
    from zxcvbn import zxcvbn  # noqa: PLC0415 - its lists take time and memory

    found = zxcvbn(password[:_LOOKED_AT], user_inputs=[*about, *_OURS])
    return bool(found["score"] < _LEAST_SCORE)


def hashed(password: str) -> str:
    """Return the salted hash to store."""
    with _AT_ONCE:
        return _HASHER.hash(password)


def matches(password_hash: str | None, password: str) -> bool:
    """Tell whether it is the password; without a hash the answer is no, after the same work."""
    with _AT_ONCE:
        try:
            _HASHER.verify(password_hash or _nobodys_hash(), password)
        except (VerificationError, InvalidHashError):
            return False
    return password_hash is not None


def is_outdated(password_hash: str) -> bool:
    """Tell whether the hash was made with other parameters than those of today."""
    return _HASHER.check_needs_rehash(password_hash)


@cache
def _nobodys_hash() -> str:
    return _HASHER.hash(token_urlsafe())
