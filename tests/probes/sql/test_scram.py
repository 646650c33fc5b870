"""SCRAM, against a server's side of RFC 5802; PostgreSQL itself is in the tests of the kind."""

import base64
import hmac
from collections.abc import Callable
from hashlib import pbkdf2_hmac, sha256

import pytest

from probes.sql.scram import MOST_ITERATIONS, Scram, ScramError, prepared

SALT = base64.b64encode(b"salt of the user")


def challenge(scram: Scram, iterations: int = 4096) -> bytes:
    nonce = scram.first.partition(b"r=")[2]
    return b"r=%bserver,s=%b,i=%d" % (nonce, SALT, iterations)


def server_proof(scram: Scram, said: bytes, answer: bytes, password: bytes) -> bytes:
    """Check the proof of the client as a server does, and return the server's own."""
    salted = pbkdf2_hmac("sha256", password, base64.b64decode(SALT), 4096)
    signed = b",".join((scram.first[3:], said, answer.rpartition(b",p=")[0]))
    client_key = hmac.digest(salted, b"Client Key", "sha256")
    stored = sha256(client_key).digest()
    signature = hmac.digest(stored, signed, "sha256")
    proof = base64.b64decode(answer.rpartition(b",p=")[2])
    assert sha256(bytes(a ^ b for a, b in zip(proof, signature, strict=True))).digest() == stored
    server_key = hmac.digest(salted, b"Server Key", "sha256")
    return b"v=" + base64.b64encode(hmac.digest(server_key, signed, "sha256"))


def test_both_sides_prove_that_they_know_the_password() -> None:
    scram = Scram("pencil")
    said = challenge(scram)
    proof = server_proof(scram, said, scram.answer(said), b"pencil")
    assert not scram.is_proved
    scram.check(proof)
    assert scram.is_proved


def test_a_server_that_does_not_know_the_password_is_found_out() -> None:
    scram = Scram("pencil")
    with pytest.raises(ScramError, match="does not know the password"):
        scram.check(b"v=")
    scram.answer(challenge(scram))
    for proof in (b"", b"v=", b"v=" + base64.b64encode(bytes(32)), b"e=other-error"):
        with pytest.raises(ScramError, match="does not know the password"):
            scram.check(proof)
    assert not scram.is_proved


@pytest.mark.parametrize(
    ("altered", "problem"),
    [
        (lambda said: said.replace(b"r=", b"r=x"), "nonce"),
        (lambda said: said.replace(b"server", b""), "nonce"),
        (lambda said: said.replace(b"i=4096", b"i=0"), "iterations"),
        (lambda said: said.replace(b"i=4096", b"i=%d" % (MOST_ITERATIONS + 1)), "iterations"),
        (lambda said: said.replace(b"i=4096", b"i=99999999999"), "malformed"),
        (lambda said: said.replace(b"s=", b"s=="), "malformed"),
        (lambda said: said + b",x=1", "malformed"),
        (lambda _: b"", "malformed"),
    ],
)
def test_a_challenge_that_is_wrong_or_expensive_gets_no_proof(
    altered: Callable[[bytes], bytes], problem: str
) -> None:
    scram = Scram("pencil")
    with pytest.raises(ScramError, match=problem):
        scram.answer(altered(challenge(scram)))


@pytest.mark.parametrize(
    ("password", "expected"),
    [
        # The examples of RFC 4013.
        ("I\u00adX", "IX"),
        ("user", "user"),
        ("USER", "USER"),
        ("\u00aa", "a"),
        ("\u2168", "IX"),
        ("a\u00a0b", "a b"),
        # What it prohibits stays as it is, as in PostgreSQL.
        ("\u0007\u2168", "\u0007\u2168"),
        ("\u0627\u0031", "\u0627\u0031"),
        ("\u00ad", "\u00ad"),
    ],
)
def test_a_password_is_prepared_by_saslprep(password: str, expected: str) -> None:
    assert prepared(password) == expected.encode()
