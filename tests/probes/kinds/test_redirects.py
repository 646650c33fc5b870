"""Redirects over the wire: followed, counted, and never a way to carry secrets elsewhere."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from domain.evaluation.outcome import Cause, Outcome
from tests.probes.auth.asking import credential
from tests.probes.conftest import Prober, target
from tests.servers.certificates import Certificates
from tests.servers.site import Answer, ScriptedSite


@pytest.fixture
def site() -> Iterator[ScriptedSite]:
    with ScriptedSite() as site:
        yield site


def to(location: str, status: int = 302) -> bytes:
    return f"HTTP/1.1 {status} Moved\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n".encode()


def at(path: str, first: bytes) -> Callable[[str], Answer]:
    """Answer this at one path, and 200 everywhere else."""
    return lambda asked: first if asked == path else 200


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_followed(probe: Prober, site: ScriptedSite, status: int) -> None:
    site.answer = at("/", to("/there", status))
    assert probe(site.url).outcome is Outcome.UP
    assert site.requests == {"/": 1, "/there": 1}


def test_a_redirect_is_not_followed_when_that_is_off(probe: Prober, site: ScriptedSite) -> None:
    site.answer = at("/", to("/there", 301))
    result = probe(site.url, follow_redirects=False, expected_status=[301])
    assert (result.outcome, result.http_status) == (Outcome.UP, 301)
    assert site.requests == {"/": 1}


def test_the_last_answer_is_what_counts(probe: Prober, site: ScriptedSite) -> None:
    site.answer = lambda path: to("/there") if path == "/" else 500
    result = probe(site.url)
    assert (result.cause, result.http_status) == (Cause.STATUS, 500)


@pytest.mark.abuse(9)
def test_a_redirect_loop_ends_after_the_number_that_was_set(
    probe: Prober, site: ScriptedSite
) -> None:
    site.answer = to("/")
    result = probe(site.url, max_redirects=3)
    assert (result.outcome, result.cause) == (Outcome.DOWN, Cause.REDIRECT)
    assert result.detail == "Redirected more than 3 times."
    assert site.count == 4


def test_no_redirect_at_all_may_be_set(probe: Prober, site: ScriptedSite) -> None:
    site.answer = at("/", to("/there"))
    assert probe(site.url, max_redirects=0).cause is Cause.REDIRECT
    assert site.requests == {"/": 1}


@pytest.mark.parametrize(
    ("location", "what"),
    [
        ("ftp://127.0.0.1/", "an address that is neither http nor https"),
        ("file:///etc/passwd", "an address that is neither http nor https"),
        ("gopher://x/", "an address that is neither http nor https"),
        ("http://127.0.0.1:0/", "an address that is not a valid URL"),
        ("/" + "a" * 8192, "an address of more than 8,192 characters"),
    ],
    ids=["ftp", "file", "gopher", "port", "long"],
)
def test_a_redirect_to_no_web_address_is_refused(
    probe: Prober, site: ScriptedSite, location: str, what: str
) -> None:
    site.answer = to(location)
    result = probe(site.url)
    assert (result.outcome, result.cause) == (Outcome.DOWN, Cause.REDIRECT)
    assert result.detail == f"Redirected to {what}."


def test_a_redirect_may_carry_the_request_of_a_single_sign_on(
    probe: Prober, site: ScriptedSite
) -> None:
    there = "/there?SAMLRequest=" + "a" * 8000
    site.answer = at("/", to(there))
    assert probe(site.url).outcome is Outcome.UP
    assert site.requests == {"/": 1, there: 1}


@pytest.mark.parametrize("keyword", [None, "in"])
def test_a_cookie_of_a_redirect_is_sent_for_the_rest_of_the_check(
    probe: Prober, site: ScriptedSite, keyword: str | None
) -> None:
    setting = b"HTTP/1.1 302 Found\r\nLocation: /\r\nSet-Cookie: seen=1; Path=/\r\n"
    let_in = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nin"
    site.answer = lambda _: (
        let_in
        if b"Cookie: seen=1\r\n" in site.received[-1]
        else setting + b"Content-Length: 0\r\n\r\n"
    )
    for _ in range(2):
        assert probe(site.url, keyword=keyword).outcome is Outcome.UP
    # Each check begins without what the one before was given.
    given = [b"seen=1" in request for request in site.received]
    assert given == [False, True, False, True]


def test_a_cookie_of_a_redirect_goes_to_its_own_site_only(
    probe: Prober, site: ScriptedSite
) -> None:
    with ScriptedSite() as other:
        elsewhere = f"http://localhost:{other.port}/"
        site.answer = (
            f"HTTP/1.1 302 Found\r\nLocation: {elsewhere}\r\nSet-Cookie: seen=1\r\n"
            "Content-Length: 0\r\n\r\n"
        ).encode()
        assert probe(site.url).outcome is Outcome.UP
        assert b"seen=1" not in other.received[-1]


@pytest.mark.abuse(9)
def test_credentials_in_a_redirect_are_not_used(probe: Prober, site: ScriptedSite) -> None:
    with_login = site.url.replace("//", "//user:pass@")
    site.answer = at("/", to(f"{with_login}/there"))
    probe(site.url)
    assert not any(b"Authorization" in request for request in site.received)


def test_a_redirect_to_a_denied_address_is_blocked(probe: Prober, site: ScriptedSite) -> None:
    site.answer = to("http://169.254.169.254/latest/meta-data/")
    result = probe(site.url)
    assert (result.outcome, result.cause) == (Outcome.UNKNOWN, Cause.BLOCKED)
    assert "169.254" not in result.detail


def test_the_time_of_all_hops_is_one(probe: Prober, site: ScriptedSite) -> None:
    with ScriptedSite() as other:
        site.answer = to(f"{other.url}/next")
        other.answer = to(f"{site.url}/back")
        result = probe(site.url, max_redirects=10)
    assert result.cause is Cause.REDIRECT
    assert result.timings.total > result.timings.first_byte > 0


@pytest.mark.abuse(10)
def test_headers_stay_within_the_origin(probe: Prober, site: ScriptedSite) -> None:
    with ScriptedSite() as other:
        site.answer = at("/", to("/same"))
        probe(site.url, headers={"X-Api-Key": "k"})
        assert b"X-Api-Key: k" in site.received[-1]
        site.answer = to(f"{other.url}/there")
        assert probe(site.url, headers={"X-Api-Key": "k"}).outcome is Outcome.UP
        assert other.requests == {"/there": 1}
        assert b"X-Api-Key" not in other.received[-1]


@pytest.mark.abuse(10)
def test_a_body_is_not_taken_to_another_origin(probe: Prober, site: ScriptedSite) -> None:
    with ScriptedSite() as other:
        site.answer = to(f"{other.url}/there", 307)
        result = probe(site.url, method="POST", body="secret")
        assert (result.cause, other.count) == (Cause.REDIRECT, 0)
        assert result.detail == "Redirected to another site, where the request body is not sent."


def test_a_post_goes_on_as_a_get_without_its_body(probe: Prober, site: ScriptedSite) -> None:
    site.answer = at("/", to("/there", 302))
    assert probe(site.url, method="POST", body="form").outcome is Outcome.UP
    assert site.received[-1].startswith(b"GET /there ")
    assert b"form" not in site.received[-1]
    assert b"Content-Type" not in site.received[-1]


def test_a_post_is_repeated_when_the_status_says_so(probe: Prober, site: ScriptedSite) -> None:
    site.answer = at("/", to("/there", 308))
    assert probe(site.url, method="POST", body="form").outcome is Outcome.UP
    assert site.received[-1].startswith(b"POST /there ")
    assert site.received[-1].endswith(b"\r\n\r\nform")


@pytest.mark.abuse(11)
def test_from_https_to_http_no_header_goes_along(
    probe: Prober, site: ScriptedSite, certificates: Certificates
) -> None:
    with ScriptedSite(tls=certificates.valid()) as secure:
        secure.answer = to(f"{site.url}/plain")
        assert probe(secure.url, headers={"X-Api-Key": "k"}).outcome is Outcome.UP
    assert b"X-Api-Key" not in site.received[-1]


def test_a_bad_certificate_behind_a_redirect_is_seen(
    probe: Prober, site: ScriptedSite, certificates: Certificates
) -> None:
    with ScriptedSite(tls=certificates.expired()) as secure:
        site.answer = to(secure.url)
        assert probe(site.url).detail == "The certificate has expired."


@pytest.mark.abuse(10)
@pytest.mark.parametrize("named", ["{path}", "/?from=a%2Fkey%2F12345678"])
def test_no_redirect_carries_a_secret_that_its_address_repeats(
    probe: Prober, site: ScriptedSite, named: str
) -> None:
    """An open redirect of the site is enough: the monitor's address says where it leads to."""
    held = credential("api_key", {"name": "key", "value": "a/key/12345678", "place": "query"})
    held = replace(held, origins=frozenset({site.url}))
    with ScriptedSite() as other:
        site.answer = lambda path: to(f"{other.url}{named.format(path=path)}")
        check = target(f"{site.url}/out?to=other", allow_plaintext_credentials=True)
        result = probe.check(replace(check, credentials=(held,)))
        assert (result.outcome, result.cause) == (Outcome.UNKNOWN, Cause.BLOCKED)
        assert other.count == 0
        site.answer = to(f"{other.url}/there")
        assert probe.check(replace(check, credentials=(held,))).outcome is Outcome.UP
        assert other.requests == {"/there": 1}
