"""Which challenge is answered, and with what: the examples of the RFC, and what no site should say."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probes.auth.base import AuthorizationError
from probes.auth.digest.challenge import challenges, strongest
from probes.auth.digest.scheme import DigestSettings, authorization
from tests.probes.auth.asking import request
from tests.probes.auth.digest_refusals import REALM, refused


@pytest.mark.parametrize(
    ("algorithm", "response"),
    [
        ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
        ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
    ],
)
def test_the_examples_of_rfc_7616(algorithm: str, response: str) -> None:
    challenge = strongest(
        refused(
            'Digest realm="http-auth@example.org", qop="auth, auth-int", '
            f"algorithm={algorithm}, "
            'nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", '
            'opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"'
        ).headers
    )
    assert challenge is not None
    settings = DigestSettings.model_validate({"username": "Mufasa", "password": "Circle of Life"})
    value = authorization(
        challenge,
        settings,
        request("http://www.example.org/dir/index.html"),
        count=1,
        cnonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
    )
    assert f'response="{response}"' in value
    assert 'uri="/dir/index.html"' in value
    assert "nc=00000001, " in value
    assert 'opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"' in value


def test_the_example_with_a_hidden_name_in_rfc_7616() -> None:
    challenge = strongest(
        refused(
            'Digest realm="api@example.org", qop="auth", algorithm=SHA-512-256, '
            'nonce="5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK", '
            'opaque="HRPCssKJSGjCrkzDg8OhwpzCiGPChXYjwrI2QmXDnsOS", charset=UTF-8, userhash=true'
        ).headers
    )
    assert challenge is not None
    settings = DigestSettings.model_validate(
        {"username": "Jäsøn Doe", "password": "Secret, or not?"}
    )
    value = authorization(
        challenge,
        settings,
        request("http://api.example.org/doe.json"),
        count=1,
        cnonce="NTg6RKcb9boFIAS3KrFK9BGeh+niz/sm",
    )
    # This is the figure of erratum 4897: that in the RFC itself is wrong.
    assert 'username="793263caabb707a56211940d90411ea4a575adeccb7e360aeb624ed06ece9b0b"' in value
    assert "userhash=true" in value


def test_the_strongest_known_challenge_is_answered() -> None:
    offers = [f"{REALM}, qop=auth, algorithm={name}" for name in ("MD5", "SHA-256", "SHA-9000")]
    for values in (offers, offers[::-1], [", ".join(offers)]):
        chosen = strongest(refused("Basic realm=x", *values).headers)
        assert chosen is not None
        assert chosen.algorithm == "SHA-256"


def test_challenges_in_one_header_are_told_apart() -> None:
    value = (
        'Negotiate YWJj==, Basic realm="a, b=\\"c\\"", , Digest nonce=n , qop = "auth,auth-int",X'
    )
    assert list(challenges(value)) == [
        ("Negotiate", []),
        ("Basic", [("realm", 'a, b="c"')]),
        ("Digest", [("nonce", "n"), ("qop", "auth,auth-int")]),
        ("X", []),
    ]


@given(st.text(alphabet='Digest realm=nonce"\\,; \t~/+:é\x00', max_size=200))
def test_abuse_25_no_challenge_does_more_than_fail(value: str) -> None:
    try:
        chosen = strongest(refused(value, f'{REALM}, qop="auth"', value).headers)
    except AuthorizationError:
        return
    assert chosen is not None
    settings = DigestSettings.model_validate({"username": "u", "password": "p"})
    answer = authorization(chosen, settings, request(), count=1, cnonce="c")
    assert answer.startswith('Digest username="u", realm=')


def test_what_was_quoted_is_quoted_again() -> None:
    challenge = strongest(refused(r'Digest realm="a \"b\" \\c", nonce="n", qop="auth"').headers)
    assert challenge is not None
    assert challenge.realm == r'a "b" \c'
    settings = DigestSettings.model_validate({"username": 'x"y', "password": "z"})
    value = authorization(challenge, settings, request(), count=1, cnonce="c")
    assert r'realm="a \"b\" \\c"' in value
    assert r'username="x\"y"' in value


def test_a_session_hashes_the_nonces_too() -> None:
    values = set()
    for algorithm in ("SHA-256", "SHA-256-sess"):
        challenge = strongest(refused(f"{REALM}, qop=auth, algorithm={algorithm}").headers)
        assert challenge is not None
        settings = DigestSettings.model_validate({"username": "u", "password": "p"})
        values.add(authorization(challenge, settings, request(), count=1, cnonce="c"))
        assert any(f"algorithm={algorithm}" in value for value in values)
    assert len(values) == 2


def test_only_schemes_that_nobody_knows_raise_with_fixed_words() -> None:
    with pytest.raises(AuthorizationError, match="asks for another authorization"):
        strongest(refused("Foo a=b").headers)
