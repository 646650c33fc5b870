"""The client's side of a login by SCRAM-SHA-256 (RFC 5802, RFC 7677), without channel binding."""

import base64
import binascii
import hmac
import os
import re
import stringprep
import unicodedata
from hashlib import pbkdf2_hmac, sha256

_DIGEST = "sha256"
_NO_CHANNEL_BINDING = b"n,,"
_CHALLENGE = re.compile(rb"r=([!-+\--~]+),s=([A-Za-z0-9+/=]+),i=([0-9]{1,9})")
MOST_ITERATIONS = 50_000
"""The server chooses them. So many take 13 ms; PostgreSQL demands 4,096 by default."""


NOT_PROVED = "it does not know the password itself"


class ScramError(Exception):
    """The server did not keep to the protocol, or does not know the password.

    The text is the end of a sentence.
    """


class Scram:
    """One login: `first` is sent, then the answer to the server's challenge."""

    def __init__(self, password: str) -> None:
        self._password = prepared(password)
        self._nonce = base64.b64encode(os.urandom(18))
        # PostgreSQL takes the user of its startup message, and none here.
        self._bare = b"n=,r=" + self._nonce
        self._signature = b""
        self.is_proved = False
        """Whether the server proved that it knows the password."""

    @property
    def first(self) -> bytes:
        return _NO_CHANNEL_BINDING + self._bare

    def answer(self, challenge: bytes) -> bytes:
        """Return the proof that this side knows the password. Raise `ScramError`.

        Only the first challenge is answered: each costs as much as the server chooses.
        """
        if self._signature:
            raise ScramError("it sends a second challenge")
        nonce, salt, iterations = _challenge(challenge)
        if not nonce.startswith(self._nonce) or len(nonce) == len(self._nonce):
            raise ScramError("its nonce is not for this login")
        if not 1 <= iterations <= MOST_ITERATIONS:
            raise ScramError(f"it demands more than {MOST_ITERATIONS:,} iterations")
        salted = pbkdf2_hmac(_DIGEST, self._password, salt, iterations)
        client_key = hmac.digest(salted, b"Client Key", _DIGEST)
        binding = b"c=" + base64.b64encode(_NO_CHANNEL_BINDING)
        without_proof = binding + b",r=" + nonce
        signed = b",".join((self._bare, challenge, without_proof))
        proof = _xor(client_key, hmac.digest(sha256(client_key).digest(), signed, _DIGEST))
        server_key = hmac.digest(salted, b"Server Key", _DIGEST)
        self._signature = hmac.digest(server_key, signed, _DIGEST)
        return without_proof + b",p=" + base64.b64encode(proof)

    def check(self, final: bytes) -> None:
        """Check the server's proof. Raise `ScramError` if it is none."""
        expected = b"v=" + base64.b64encode(self._signature)
        if not self._signature or not hmac.compare_digest(final, expected):
            raise ScramError(NOT_PROVED)
        self.is_proved = True


def _challenge(challenge: bytes) -> tuple[bytes, bytes, int]:
    match = _CHALLENGE.fullmatch(challenge)
    try:
        salt = base64.b64decode(match[2], validate=True) if match else b""
    except binascii.Error:
        salt = b""
    if not match or not salt:
        raise ScramError("its challenge is malformed")
    return match[1], salt, int(match[3])


def _xor(left: bytes, right: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(left, right, strict=True))


def prepared(password: str) -> bytes:
    """Prepare a password by SASLprep (RFC 4013). One that it prohibits is used as it is.

    PostgreSQL does the same when it stores a password.
    """
    if password.isascii() and password.isprintable():
        return password.encode()
    mapped = "".join(
        " " if stringprep.in_table_c12(each) else each
        for each in password
        if not stringprep.in_table_b1(each)
    )
    normal = unicodedata.normalize("NFKC", mapped)
    is_plain = normal and not any(map(_is_prohibited, normal)) and _has_one_direction(normal)
    return (normal if is_plain else password).encode()


def _is_prohibited(character: str) -> bool:
    return (
        stringprep.in_table_a1(character)
        or stringprep.in_table_c12(character)
        or stringprep.in_table_c21_c22(character)
        or stringprep.in_table_c3(character)
        or stringprep.in_table_c4(character)
        or stringprep.in_table_c5(character)
        or stringprep.in_table_c6(character)
        or stringprep.in_table_c7(character)
        or stringprep.in_table_c8(character)
        or stringprep.in_table_c9(character)
    )


def _has_one_direction(text: str) -> bool:
    """Return whether text from right to left is not mixed with the other (RFC 3454 §6)."""
    if not any(map(stringprep.in_table_d1, text)):
        return True
    is_framed = stringprep.in_table_d1(text[0]) and stringprep.in_table_d1(text[-1])
    return is_framed and not any(map(stringprep.in_table_d2, text))
