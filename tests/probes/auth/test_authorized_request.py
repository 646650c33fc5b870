"""Where credentials go and where not, whatever their scheme; and what a refusal is called."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from domain.evaluation.outcome import Cause, Outcome
from probes.auth.authorized_request import AuthorizedRequest
from probes.auth.base import AuthorizationError, Exchange
from probes.base import Timings
from probes.exchange import Request, Response
from probes.failures import down, ours
from probes.kinds.http_settings import HttpSettings
from probes.kinds.http_verdict import judge, not_authorized
from probes.urls import parse_url
from tests.probes.auth.asking import REFUSED, check, credential, named_for, request
from tests.probes.conftest import Prober, target
from tests.servers.certificates import Certificates
from tests.servers.site import ScriptedSite

BEARER = credential("bearer", {"token": "secret-token"})
KEY = credential("api_key", {"name": "X-Api-Key", "value": "secret-key"})
COOKIE = credential("api_key", {"name": "sid", "value": "secret-sid", "place": "cookie"})
QUERY = credential("api_key", {"name": "key", "value": "secret-query", "place": "query"})
EVERY = (BEARER, KEY, COOKIE, QUERY)


@pytest.fixture
def site() -> Iterator[ScriptedSite]:
    with ScriptedSite() as site:
        yield site


@pytest.fixture
def other() -> Iterator[ScriptedSite]:
    with ScriptedSite() as other:
        yield other


def to(location: str) -> bytes:
    return f"HTTP/1.1 302 Moved\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n".encode()


def test_several_credentials_go_along_together(probe: Prober, site: ScriptedSite) -> None:
    assert check(probe, site.url, *EVERY).outcome is Outcome.UP
    (seen,) = site.received
    for secret in (b"Bearer secret-token", b"X-Api-Key: secret-key", b"Cookie: sid=secret-sid"):
        assert secret in seen
    assert seen.startswith(b"GET /?key=secret-query HTTP")


def test_credentials_stay_within_the_origin(probe: Prober, site: ScriptedSite) -> None:
    site.answer = lambda path: to("/there") if path.startswith("/?") else 200
    assert check(probe, site.url, *EVERY).outcome is Outcome.UP
    assert len(site.received) == 2
    assert all(b"secret-token" in each for each in site.received)


def test_abuse_10_credentials_do_not_follow_a_redirect_to_another_origin(
    probe: Prober, site: ScriptedSite, other: ScriptedSite
) -> None:
    site.answer = to(f"{other.url}/there")
    assert check(probe, site.url, *EVERY).outcome is Outcome.UP
    assert len(other.received) == 1
    assert b"secret" not in other.received[0]


def test_abuse_10_another_origin_cannot_send_them_on_a_path_of_its_choice(
    probe: Prober, site: ScriptedSite, other: ScriptedSite
) -> None:
    site.answer = lambda path: 200 if path.startswith("/delete") else to(f"{other.url}/there")
    other.answer = to(f"{site.url}/delete")
    assert check(probe, site.url, *EVERY).outcome is Outcome.UP
    assert site.requests["/delete"] == 1
    assert b"secret" not in site.received[-1]


def test_abuse_11_credentials_do_not_follow_from_https_to_http(
    probe: Prober, site: ScriptedSite, certificates: Certificates
) -> None:
    with ScriptedSite(tls=certificates.valid()) as secure:
        secure.answer = to(f"{site.url}/there")
        assert check(probe, secure.url, *EVERY).outcome is Outcome.UP
        assert b"secret-token" in secure.received[0]
    assert b"secret" not in site.received[0]


def test_over_https_no_permission_is_needed(probe: Prober, certificates: Certificates) -> None:
    with ScriptedSite(tls=certificates.valid()) as secure:
        assert (
            check(probe, secure.url, BEARER, allow_plaintext_credentials=False).outcome
            is Outcome.UP
        )


def test_over_plain_http_nothing_is_sent_unless_that_is_allowed(
    probe: Prober, site: ScriptedSite
) -> None:
    result = check(probe, site.url, BEARER, allow_plaintext_credentials=False)
    assert (result.outcome, result.cause) == (Outcome.DOWN, Cause.AUTHORIZATION)
    assert result.detail == (
        "The credential is not sent over plain http unless the monitor allows that."
    )
    assert site.count == 0
    assert check(probe, site.url, allow_plaintext_credentials=False).outcome is Outcome.UP


@pytest.mark.parametrize(
    ("status", "detail"),
    [
        (401, REFUSED),
        (403, "The site refused the credential: 403 Forbidden."),
        (407, "The proxy refused the credential: 407 Proxy Authentication Required."),
    ],
)
def test_a_refusal_is_a_cause_of_its_own(
    probe: Prober, site: ScriptedSite, status: int, detail: str
) -> None:
    site.answer = status
    result = check(probe, site.url, BEARER)
    assert (result.outcome, result.cause) == (Outcome.DOWN, Cause.AUTHORIZATION)
    assert (result.detail, result.http_status) == (detail, status)


def test_without_a_credential_it_is_a_status_like_any_other(
    probe: Prober, site: ScriptedSite, other: ScriptedSite
) -> None:
    site.answer = 401
    assert check(probe, site.url).cause is Cause.STATUS
    other.answer = to(site.url)
    assert check(probe, other.url, BEARER).cause is Cause.STATUS


def test_a_refusal_may_be_what_is_expected(probe: Prober, site: ScriptedSite) -> None:
    site.answer = 401
    result = check(probe, site.url, BEARER, expected_status=[401])
    assert (result.outcome, result.cause) == (Outcome.UP, Cause.NONE)


def test_another_failure_of_the_site_is_not_blamed_on_the_credential(
    probe: Prober, site: ScriptedSite
) -> None:
    site.answer = 500
    assert check(probe, site.url, BEARER).cause is Cause.STATUS


def test_the_last_credential_sees_the_request_as_it_is_sent(
    probe: Prober, site: ScriptedSite
) -> None:
    signer = credential("hmac", {"key": "k", "message": "{target}", "value": "{signature}"})
    check(probe, site.url, QUERY, signer)
    check(probe, site.url, signer, QUERY)
    signatures = {each.partition(b"X-Signature: ")[2][:64] for each in site.received}
    assert len(signatures) == 2


def asking(*credentials: str) -> AuthorizedRequest:
    home = "https://a.example/"
    held = tuple(named_for(home, {"bearer": BEARER, "key": KEY}[each]) for each in credentials)
    return AuthorizedRequest(held, parse_url(home), plaintext_allowed=False)


def drive(exchange: Exchange, *responses: Response) -> list[Request]:
    asked = [next(exchange), *map(exchange.send, responses[:-1])]
    with pytest.raises(StopIteration):
        exchange.send(responses[-1])
    return asked


def test_the_time_of_every_request_counts() -> None:
    home = "https://a.example/"
    digest = named_for(home, credential("digest", {"username": "u", "password": "p"}))
    one = AuthorizedRequest((digest,), parse_url(home), plaintext_allowed=False)
    challenge = Response(
        status=401,
        headers=(("WWW-Authenticate", 'Digest realm="r", nonce="n", qop="auth"'),),
        timings=Timings(total=3),
    )
    drive(
        one.ask(request("https://a.example/")),
        challenge,
        Response(status=200, timings=Timings(total=4)),
    )
    assert one.spent.total == 7


def test_a_default_port_and_case_do_not_make_another_origin() -> None:
    one = asking("bearer")
    (asked,) = drive(one.ask(request("https://A.example:443/x")), Response(status=200))
    assert dict(asked.headers) == {"Authorization": "Bearer secret-token"}
    assert one.authorized


@pytest.mark.parametrize(
    "url", ["https://a.example:8443/", "http://a.example/", "https://b.a.example/"]
)
def test_scheme_host_and_port_make_the_origin(url: str) -> None:
    one = asking("bearer", "key")
    (asked,) = drive(one.ask(request(url)), Response(status=200))
    assert asked.headers == ()
    assert not one.authorized


def test_invariant_1_our_own_trouble_on_the_way_to_a_token_is_not_an_outage() -> None:
    sentence = "The token endpoint could not be reached."
    result = not_authorized(AuthorizationError(sentence, ours("No socket.")), Timings())
    assert (result.outcome, result.cause) == (Outcome.UNKNOWN, Cause.INTERNAL)
    result = not_authorized(AuthorizationError(sentence, down(Cause.REFUSED, "x")), Timings())
    assert (result.outcome, result.cause, result.detail) == (
        Outcome.DOWN,
        Cause.AUTHORIZATION,
        sentence,
    )


def test_trouble_counts_before_a_refusal() -> None:
    broken = Response(status=401, failure=down(Cause.CLOSED, "Closed."))
    result = judge(broken, target("https://a.example/"), HttpSettings(), Timings(), authorized=True)
    assert result.cause is Cause.CLOSED


@pytest.mark.abuse(130)
def test_a_credential_that_may_not_go_there_is_not_sent_and_the_site_not_asked(
    probe: Prober, site: ScriptedSite
) -> None:
    elsewhere = named_for("https://shop.example/", BEARER)
    for held in (BEARER, elsewhere):
        wanted = target(site.url, allow_plaintext_credentials=True)
        result = probe.check(replace(wanted, credentials=(held,)))
        assert (result.outcome, result.cause) == (Outcome.UNKNOWN, Cause.BLOCKED)
        assert result.detail.startswith("A credential of this monitor may not be sent")
    assert not site.received


@pytest.mark.abuse(130)
def test_one_that_may_not_keeps_the_others_from_being_sent(
    probe: Prober, site: ScriptedSite
) -> None:
    wanted = target(site.url, allow_plaintext_credentials=True)
    held = (named_for(site.url, BEARER), KEY)
    assert probe.check(replace(wanted, credentials=held)).cause is Cause.BLOCKED
    assert not site.received
