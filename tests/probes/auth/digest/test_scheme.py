"""Digest authorization, against lighttpd, Apache, httpbin and hostile sites."""

import time
from collections.abc import Iterator

import pytest
from pydantic import ValidationError

from domain.evaluation.outcome import Cause, Outcome
from probes.auth.base import Credential
from probes.exchange import Request, Response
from tests.probes.auth.asking import REFUSED, check, conversation, credential, header, request
from tests.probes.auth.digest_refusals import REALM, refusal, refused
from tests.probes.conftest import Prober
from tests.servers.site import ScriptedSite
from tests.servers.web_servers import apache, lighttpd

USERS = (("ann", "secret"), ("jürgen", "pässwörd"))


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
    assert result.detail == "The site's Digest challenge is malformed or not supported."
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
