"""Abuse 9: where a site leads on to, from http and from all that asks over http."""

import json
from collections.abc import Callable, Iterator

import pytest

from domain.evaluation.outcome import Cause, Outcome
from probes.base import ProbeResult
from tests.abuse.looking import PUBLIC, WORDS, Names, Watcher, assert_tells_nothing
from tests.probes.auth.asking import check, credential
from tests.servers.site import ScriptedSite

PORT = 8080
STATUSES = (301, 302, 303, 307, 308)
INSIDE = [
    "http://169.254.169.254/latest/meta-data/iam/security-credentials/",
    "http://metadata.google.internal/computeMetadata/v1/",
    "http://100.100.100.200/",
    "http://127.0.0.1:8080/",
    "http://localhost:8080/",
    "http://[::1]:8080/",
    "http://[::ffff:10.0.0.1]:8080/",
    "https://10.0.0.1/",
    "//192.168.0.1:8080/",
    "http://inside.example:8080/",
    "http://93.184.216.34:6379/",
]
NO_WEB_ADDRESS = [
    "file:///etc/passwd",
    "gopher://127.0.0.1:6379/_FLUSHALL",
    "dict://127.0.0.1:11211/stats",
    "ftp://127.0.0.1/",
    "ldap://127.0.0.1/",
    "smb://127.0.0.1/share",
    "data:text/html,inside",
    "javascript:alert(1)",
    "http://93.184.216.34:0/",
    "http://[::1%25lo]:8080/",
]

READ_IN_SEVERAL_WAYS = [
    "http://user:password@93.184.216.34:8080/",
    "http://93.184.216.34:8080@127.0.0.1:8080/",
    "http://127.0.0.1:8080\\@93.184.216.34:8080/",
    "http://93.184.216.34:8080#@127.0.0.1:8080/",
    "http://0177.0.0.1:8080/",
    "http://2130706433:8080/",
    "http:///127.0.0.1:8080/",
    "http:127.0.0.1:8080/",
    "\\\\127.0.0.1:8080/",
    "http://127.0.0.1%00.shop.example:8080/",
    "http://127.0.0.1%2f@shop.example:8080/",
    "http://\uff11\uff12\uff17.0.0.1:8080/",
    "http://127\u30020\u30020\u30021:8080/",
]


def to(location: str, status: int = 302) -> bytes:
    return f"HTTP/1.1 {status} Moved\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n".encode()


@pytest.fixture
def site(watcher: Watcher, names: Names) -> Iterator[ScriptedSite]:
    del watcher  # The site has to be in the same network.
    names["inside.example"] = ["127.0.0.1", "10.0.0.1"]
    with ScriptedSite(host=PUBLIC[0], port=PORT) as site:
        yield site


@pytest.fixture
def inside(watcher: Watcher) -> Iterator[ScriptedSite]:
    """Give what answers on loopback, where nobody is to come."""
    del watcher
    with ScriptedSite(host="127.0.0.1", port=PORT) as inside:
        yield inside
        assert inside.count == 0


def assert_stopped(result: ProbeResult) -> None:
    """Prove that a redirect ended there, and that the result repeats nothing of it."""
    assert (result.outcome, result.cause) == (Outcome.UNKNOWN, Cause.BLOCKED)
    assert result.detail.endswith(WORDS)
    assert (result.http_status, result.evidence) == (0, None)


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("location", INSIDE)
@pytest.mark.usefixtures("inside")
def test_abuse_09_no_redirect_leads_inside(
    watcher: Watcher, site: ScriptedSite, location: str, status: int
) -> None:
    site.answer = to(location, status)
    assert_stopped(watcher.probe(site.url))
    assert site.count == 1


@pytest.mark.parametrize("location", NO_WEB_ADDRESS)
@pytest.mark.usefixtures("inside")
def test_abuse_09_a_redirect_to_what_is_no_web_address_is_refused(
    watcher: Watcher, site: ScriptedSite, location: str
) -> None:
    site.answer = to(location)
    result = watcher.probe(site.url)
    assert (result.outcome, result.cause) == (Outcome.DOWN, Cause.REDIRECT)
    assert result.detail in {
        "Redirected to an address that is neither http nor https.",
        "Redirected to an address that is not a valid URL.",
    }
    assert site.count == 1


@pytest.mark.parametrize("location", READ_IN_SEVERAL_WAYS)
@pytest.mark.usefixtures("inside")
def test_abuse_09_and_12_whatever_is_made_of_an_odd_redirect_it_does_not_lead_inside(
    watcher: Watcher, site: ScriptedSite, location: str
) -> None:
    site.answer = to(location)
    assert watcher.probe(site.url, max_redirects=3).outcome is not Outcome.UP
    assert not any(b"authorization" in each.lower() for each in site.received)


@pytest.mark.usefixtures("inside")
def test_abuse_09_the_last_of_many_hops_is_judged_as_the_first(
    watcher: Watcher, site: ScriptedSite
) -> None:
    def answer(path: str) -> bytes:
        hops = len(path)
        return to(f"/{'x' * hops}") if hops < 5 else to("http://127.0.0.1:8080/")

    site.answer = answer
    assert_stopped(watcher.probe(site.url, max_redirects=5))
    assert site.count == 5


@pytest.mark.parametrize(("hops", "outcome"), [(5, Outcome.UP), (6, Outcome.DOWN)])
def test_abuse_09_there_are_five_hops_and_no_sixth(
    watcher: Watcher, site: ScriptedSite, hops: int, outcome: Outcome
) -> None:
    site.answer = lambda path: to(f"{path}x") if len(path) <= hops else 200
    result = watcher.probe(site.url)
    assert result.outcome is outcome
    if outcome is Outcome.DOWN:
        assert (result.cause, result.detail) == (Cause.REDIRECT, "Redirected more than 5 times.")
    assert site.count == 6


def test_abuse_09_a_loop_between_two_sites_ends(watcher: Watcher, site: ScriptedSite) -> None:
    with ScriptedSite(host="1.1.1.1", port=PORT) as other:
        site.answer, other.answer = to(other.url), to(site.url)
        result = watcher.probe(site.url, max_redirects=10)
        assert site.count + other.count == 11
    assert (result.outcome, result.cause) == (Outcome.DOWN, Cause.REDIRECT)


@pytest.mark.usefixtures("inside")
@pytest.mark.parametrize("location", INSIDE)
def test_abuse_09_a_registry_leads_nobody_inside(
    watcher: Watcher, site: ScriptedSite, location: str
) -> None:
    site.answer = to(location)
    result = watcher.probe("rdap:shop.example", kind="rdap", base_url=f"{site.url}/")
    assert_stopped(result)


def of_form_login(url: str) -> dict[str, object]:
    return {"login_url": url, "success_text": "in"}


def of_json_login(url: str) -> dict[str, object]:
    return {"login_url": url}


def of_oauth2(url: str) -> dict[str, object]:
    return {
        "token_url": url,
        "client_id": "c",
        "client_secret": "canary-secret",
        "grant": "password",
    }


@pytest.mark.parametrize(
    ("scheme", "fields"),
    [("form_login", of_form_login), ("json_login", of_json_login), ("oauth2", of_oauth2)],
)
@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.usefixtures("inside")
def test_abuse_09_no_login_and_no_token_endpoint_leads_inside(
    watcher: Watcher,
    site: ScriptedSite,
    status: int,
    scheme: str,
    fields: Callable[[str], dict[str, object]],
) -> None:
    site.answer = to("http://127.0.0.1:8080/", status)
    given = {"username": "ursula", "password": "canary-password", "allow_plaintext": True}
    held = credential(scheme, given | fields(f"{site.url}/login"))
    with ScriptedSite(host="1.1.1.1", port=PORT) as watched:
        result = check(watcher.probe, watched.url, held)
        assert watched.count == 0
    assert (result.outcome, result.cause) == (Outcome.DOWN, Cause.AUTHORIZATION)
    assert "canary" not in json.dumps([result.detail, str(result.evidence)])
    assert "127" not in result.detail


def test_a_blocked_redirect_looks_like_a_blocked_host(watcher: Watcher, site: ScriptedSite) -> None:
    direct = watcher.probe("http://10.0.0.1:8080/")
    assert_tells_nothing(direct)
    site.answer = to("http://10.0.0.1:8080/")
    assert watcher.probe(site.url).detail == direct.detail
