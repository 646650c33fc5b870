"""Verifiers of passwords, against the example of RFC 7677; tests/deploy logs in by them."""

import base64
import hmac

from security.login import scram

_SALT = base64.b64decode("W22ZaJ0SNY7soEsUEjb6gQ==")
# The three messages of the example, as both sides sign them.
_SAID = (
    b"n=user,r=rOprNGfwEbeRWgbNEkqO,"
    b"r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096,"
    b"c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0"
)


def test_a_server_that_knows_the_verifier_answers_as_in_the_example() -> None:
    method, salted, keys = scram.verifier("pencil", _SALT).split("$")
    server_key = base64.b64decode(keys.partition(":")[2])
    answer = hmac.digest(server_key, _SAID, "sha256")
    assert (method, salted) == ("SCRAM-SHA-256", "4096:W22ZaJ0SNY7soEsUEjb6gQ==")
    assert base64.b64encode(answer) == b"6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="


def test_one_password_has_many_verifiers() -> None:
    assert scram.verifier("pencil") != scram.verifier("pencil")
