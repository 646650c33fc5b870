"""Digest authorization, against lighttpd, Apache, httpbin, the examples of the RFC and hostile sites."""

import time
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from domain.outcome import Cause, Outcome
from probes.auth.base import AuthorizationError, Credential
from probes.auth.digest import DigestSettings, authorization
from probes.auth.digest_challenge import challenges, strongest
from probes.exchange import Request, Response
from tests.probes.auth.asking import REFUSED, check, conversation, credential, header, request
from tests.probes.conftest import Prober
from tests.servers.site import ScriptedSite
from tests.servers.web_servers import apache, lighttpd

USERS = (("ann", "secret"), ("jürgen", "pässwörd"))
REALM = 'Digest realm="r", nonce="n"'


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with lighttpd(USERS) as url:
        yield url


@pytest.fixture
def site() -> Iterator[ScriptedSite]:
    with ScriptedSite() as site:
        yield site


def ann(word: str = "secret") -> Credential:
    return credential("digest", {"username": "ann", "password": word})


def refusal(*values: str) -> bytes:
    lines = "".join(f"WWW-Authenticate: {value}\r\n" for value in values)
    return f"HTTP/1.1 401 No\r\n{lines}Content-Length: 0\r\n\r\n".encode()


def refused(*values: str) -> Response:
    return Response(status=401, headers=tuple(("WWW-Authenticate", each) for each in values))


@pytest.mark.parametrize("path", ["MD5", "SHA-256", "SHA-512-256", "hidden", "both"])
@pytest.mark.parametrize(("user", "password"), USERS)
def test_lighttpd_takes_the_password_and_refuses_another(
    probe: Prober, server: str, path: str, user: str, password: str
) -> None:
    url = f"{server}/{path}/index.html?a=b&c='d'"
    good = credential("digest", {"username": user, "password": password})
    for _ in range(2):
        assert check(probe, url, good).outcome is Outcome.UP
    bad = credential("digest", {"username": user, "password": "wrong"})
    result = check(probe, url, bad)
    assert (result.outcome, result.cause, result.detail) == (
        Outcome.DOWN,
        Cause.AUTHORIZATION,
        REFUSED,
    )


def test_apache_renews_a_stale_nonce(probe: Prober) -> None:
    held = ann()
    with apache("ann", "secret", nonce_seconds=1) as url:
        assert check(probe, url, held).outcome is Outcome.UP
        (before,) = held.memory["nonces"].values()
        time.sleep(2.1)
        assert check(probe, url, held).outcome is Outcome.UP
        (after,) = held.memory["nonces"].values()
        assert after.challenge.is_stale
        assert before.challenge.nonce != after.challenge.nonce
        assert check(probe, url, ann("wrong")).cause is Cause.AUTHORIZATION


@pytest.mark.parametrize("algorithm", ["MD5", "SHA-256", "SHA-512"])
@pytest.mark.parametrize("qop", ["auth", "auth-int"])
def test_httpbin_takes_the_body_into_account(
    probe: Prober, httpbin: str, qop: str, algorithm: str
) -> None:
    url = f"{httpbin}/digest-auth/{qop}/ann/secret/{algorithm}"
    assert check(probe, url, ann()).outcome is Outcome.UP
    assert check(probe, url, ann("wrong")).cause is Cause.AUTHORIZATION


def test_a_nonce_serves_the_checks_to_come(probe: Prober, server: str) -> None:
    held = ann()
    for _ in range(3):
        assert check(probe, f"{server}/MD5/index.html", held).outcome is Outcome.UP
    (nonce,) = held.memory["nonces"].values()
    assert nonce.count == 3


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


@pytest.mark.parametrize(
    "challenge",
    [
        'Digest realm="r", nonce="n", nonce="m", qop="auth"',
        'Digest realm="r", realm="r", nonce="n", qop="auth"',
        'Digest realm="r", qop="auth"',
        'Digest nonce="n", qop="auth"',
        f'{REALM}, qop="auth", algorithm=SHA-9000',
        f'{REALM}, qop="auth", algorithm=SHA-256-sess-sess',
        f'{REALM}, qop="auth-conf"',
        f"{REALM}, algorithm=MD5-sess",
        f'Digest realm="r", nonce="{"n" * 1025}", qop="auth"',
        f'{REALM}, qop="auth", opaque="{"o" * 1025}"',
        "Digest",
        "Digest dG9rZW4=",
    ],
)
def test_abuse_25_a_challenge_that_is_odd_is_not_answered(
    probe: Prober, site: ScriptedSite, challenge: str
) -> None:
    site.answer = refusal(challenge)
    result = check(probe, site.url, ann())
    assert (result.outcome, result.cause) == (Outcome.DOWN, Cause.AUTHORIZATION)
    assert result.detail == "The site's Digest challenge is malformed or of an unknown kind."
    assert site.count == 1


def test_abuse_25_a_nonce_of_two_megabytes_is_not_even_read(
    probe: Prober, site: ScriptedSite
) -> None:
    site.answer = refusal(f'Digest realm="r", nonce="{"n" * 2_000_000}", qop="auth"')
    result = check(probe, site.url, ann())
    assert (result.outcome, result.cause) == (Outcome.DOWN, Cause.PROTOCOL)
    assert site.count == 1


def test_abuse_25_a_nonce_that_is_stale_for_ever_ends_the_conversation(
    probe: Prober, site: ScriptedSite
) -> None:
    site.answer = refusal(f'{REALM}, qop="auth", stale=true')
    held = ann()
    result = check(probe, site.url, held)
    assert (result.cause, result.detail, site.count) == (Cause.AUTHORIZATION, REFUSED, 3)
    assert held.memory["nonces"] == {}


def test_abuse_25_a_site_from_before_qop_is_answered_without_it() -> None:
    asked, _ = conversation(
        ann(), request(), lambda asked: Response(status=200) if asked.headers else refused(REALM)
    )
    value = header(asked[-1], "Authorization")
    assert "qop" not in value
    assert "cnonce" not in value


@pytest.mark.parametrize(
    ("challenges", "named"),
    [
        (['Basic realm="r"'], "Basic"),
        (["NTLM", "Negotiate"], "NTLM"),
        (["<script>alert(1)</script> x=y"], "another"),
        (["Mutual realm=r"], "another"),
    ],
)
def test_abuse_26_the_password_is_never_given_away_by_another_scheme(
    probe: Prober, site: ScriptedSite, challenges: list[str], named: str
) -> None:
    site.answer = refusal(*challenges)
    result = check(probe, site.url, ann())
    assert (result.outcome, result.cause) == (Outcome.DOWN, Cause.AUTHORIZATION)
    if "<" not in challenges[0]:
        assert result.detail == f"The site asks for {named} authorization instead of Digest."
    assert site.count == 1
    assert not any(b"Authorization" in each for each in site.received)
    assert "script" not in result.detail


def test_a_refusal_without_any_challenge_is_the_sites_refusal(
    probe: Prober, site: ScriptedSite
) -> None:
    site.answer = 401
    assert check(probe, site.url, ann()).detail == REFUSED


def test_only_the_last_answer_is_the_challenge(probe: Prober, site: ScriptedSite) -> None:
    hint = b"HTTP/1.1 103 Early Hints\r\nWWW-Authenticate: Basic realm=x\r\n\r\n"
    site.answer = hint + refusal(f'{REALM}, qop="auth"')
    assert check(probe, site.url, ann()).detail == REFUSED
    assert site.count == 2


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


def test_trouble_ends_the_conversation_as_it_is() -> None:
    def closed(asked: Request) -> Response:
        del asked
        return Response(status=401, truncated=True)

    asked, response = conversation(ann(), request(), closed)
    assert (len(asked), response.truncated) == (1, True)


def test_a_name_with_a_colon_or_line_break_is_refused() -> None:
    for name in ("a:b", "a\r\nb", ""):
        with pytest.raises(ValidationError):
            credential("digest", {"username": name, "password": "p"})


def test_only_schemes_that_nobody_knows_raise_with_fixed_words() -> None:
    with pytest.raises(AuthorizationError, match="asks for another authorization"):
        strongest(refused("Foo a=b").headers)
