"""A handle of libcurl that goes on to a request of the same kind carries nothing over to it."""

from dataclasses import replace

import pytest

from domain.evaluation.outcome import Cause, Outcome
from probes.credential import ClientIdentity
from probes.curl.handle_reuse import handle_key_of
from probes.exchange import Proxy, Request
from probes.urls import parse_url
from tests.probes.conftest import Prober
from tests.servers.certificates import Certificates
from tests.servers.site import ScriptedSite

PLAIN = Request(url=parse_url("https://example.test/a"), keep_evidence=True)
PROXY = Proxy(url="http://127.0.0.1:3128", username=None, password=None)
CLIENT = ClientIdentity(certificate=b"", key=b"")


def test_plain_requests_are_alike_wherever_they_go() -> None:
    other = replace(PLAIN, url=parse_url("https://other.test:8443/b"))
    assert handle_key_of(PLAIN) == handle_key_of(other) is not None


@pytest.mark.parametrize(
    "other",
    [
        {"verify_tls": False},
        {"keep_evidence": False},
        {"offer_every_group": True},
        {"url": parse_url("http://example.test/a")},
        {"url": parse_url("https://example.test/a?token=words")},
        {"url": parse_url("https://192.0.2.1/a")},
    ],
    ids=str,
)
def test_what_is_set_otherwise_makes_another_kind(other: dict[str, object]) -> None:
    assert handle_key_of(replace(PLAIN, **other)) not in {None, handle_key_of(PLAIN)}  # type: ignore[arg-type]  # fields by name


@pytest.mark.parametrize(
    "own",
    [
        {"method": "HEAD"},
        {"method": "POST"},
        {"headers": (("Accept", "text/plain"),)},
        {"body": b""},
        {"client": CLIENT},
        {"authorities": b""},
        {"proxy": PROXY},
        {"http_version": "2"},
        {"connection": "one"},
        {"keep_headers": True},
        {"keep_tls": True},
        {"note_expiry": True},
    ],
    ids=str,
)
def test_what_says_or_asks_for_its_own_is_like_nothing(own: dict[str, object]) -> None:
    assert handle_key_of(replace(PLAIN, **own)) is None  # type: ignore[arg-type]  # fields by name


def test_a_certificate_that_one_check_lets_pass_does_not_pass_in_the_next(
    probe: Prober, certificates: Certificates
) -> None:
    with ScriptedSite(tls=certificates.of_an_unknown_authority()) as site:
        for verify, outcome in ((False, Outcome.UP), (True, Outcome.DOWN)) * 3:
            assert probe(site.url, verify_tls=verify).outcome is outcome


def test_nothing_of_an_answer_is_left_when_the_next_site_is_gone(
    probe: Prober, nobody: str
) -> None:
    with ScriptedSite() as site:
        for _ in range(2):
            assert probe(site.url).http_status == 200
            gone = probe(nobody)
            assert (gone.cause, gone.http_status, gone.evidence) == (Cause.REFUSED, 0, None)
            assert gone.timings.connect == gone.timings.tls == 0


def test_each_page_is_asked_for_with_its_own_address_and_no_header_of_another(
    probe: Prober,
) -> None:
    with ScriptedSite() as site:
        for headers in ({}, {"X-Own": "1"}, {}):
            for page in ("/a", "/b"):
                probe(site.url + page, headers=headers)
        sent = [(each.split(b" ")[1], b"X-Own" in each) for each in site.received]
    assert sent == [(page, own) for own in (False, True, False) for page in (b"/a", b"/b")]
