"""Assertions about an answer: each is met, or named with what was expected and what was found."""

import json
from collections.abc import Callable, Iterator

import pytest

from domain.evaluation.outcome import Cause, Outcome
from probes.assertions import patterns
from probes.base import ProbeResult
from tests.probes.conftest import Prober
from tests.servers.certificates import Certificates
from tests.servers.site import ScriptedSite

Asserted = Callable[..., ProbeResult]

BODY = json.dumps(
    {
        "status": "ok",
        "count": 3,
        "ratio": 0.5,
        "ready": True,
        "nothing": None,
        "tags": ["a", "b"],
        "items": [{"name": "one", "price": 5}, {"name": "two", "price": 12}],
        "token": "t0psecret",
    }
).encode()


def answer(body: bytes, *headers: str, status: str = "200 OK") -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


@pytest.fixture
def site() -> Iterator[ScriptedSite]:
    with ScriptedSite() as site:
        site.answer = answer(
            BODY, "Content-Type: application/json", "X-Tag: one", "X-Tag: two", "Set-Cookie: id=5"
        )
        yield site


@pytest.fixture
def asserted(probe: Prober, site: ScriptedSite) -> Asserted:
    """Make one check of the site with these assertions."""

    def check(*assertions: dict[str, object]) -> ProbeResult:
        return probe(f"{site.url}/page", assertions=list(assertions))

    return check


MET: list[dict[str, object]] = [
    {"type": "regex", "pattern": r'"status": "\w+"'},
    {"type": "regex", "pattern": "fatal|panic", "mode": "absent"},
    {"type": "json_path", "path": "$.status", "value": "ok"},
    {"type": "json_path", "path": "$.count", "comparison": ">=", "value": 3},
    {"type": "json_path", "path": "$.count", "value": 3.0},
    {"type": "json_path", "path": "$.ready", "value": True},
    {"type": "json_path", "path": "$.nothing", "value": None},
    {"type": "json_path", "path": "$.nothing", "comparison": "exists"},
    {"type": "json_path", "path": "$.status", "comparison": "!=", "value": "broken"},
    {"type": "json_path", "path": "$.tags", "comparison": "contains", "value": "b"},
    {"type": "json_path", "path": "$.status", "comparison": "contains", "value": "k"},
    {"type": "json_path", "path": "$.items[*].price", "comparison": ">", "value": 10},
    {"type": "json_path", "path": "$..name", "value": "two"},
    {"type": "json_path", "path": "$.items[?@.price < 10].name", "value": "one"},
    {"type": "header", "name": "Content-Type", "comparison": "contains", "value": "json"},
    {"type": "header", "name": "x-tag", "value": "one, two"},
    {"type": "header", "name": "X-Tag", "comparison": "matches", "value": "^one"},
    {"type": "header", "name": "Server", "comparison": "absent"},
    {"type": "header", "name": "Server", "comparison": "!=", "value": "nginx"},
    {"type": "body_size", "comparison": "==", "value": len(BODY)},
    {"type": "final_url", "comparison": "matches", "value": "/page$"},
    {"type": "http_version", "value": "1.1"},
    {"type": "latency_ms", "value": 60_000},
]


@pytest.mark.parametrize("assertion", MET, ids=str)
def test_an_answer_that_meets_the_assertion_is_up(
    asserted: Asserted, assertion: dict[str, object]
) -> None:
    result = asserted(assertion)
    assert (result.outcome, result.detail) == (Outcome.UP, "")


UNMET: list[tuple[dict[str, object], str]] = [
    (
        {"type": "regex", "pattern": "ready: [0-9]+"},
        "Body: expected to match ready: [0-9]+, found no match.",
    ),
    (
        {"type": "regex", "pattern": '"count": .', "mode": "absent"},
        'Body: expected not to match "count": ., found "count": 3.',
    ),
    (
        {"type": "json_path", "path": "$.status", "value": "broken"},
        "JSON $.status: expected to be broken, found ok.",
    ),
    (
        {"type": "json_path", "path": "$.count", "value": "3"},
        "JSON $.count: expected to be 3, found 3.",
    ),
    (
        {"type": "json_path", "path": "$.ready", "value": 1},
        "JSON $.ready: expected to be 1, found true.",
    ),
    (
        {"type": "json_path", "path": "$.missing", "comparison": "exists"},
        "JSON $.missing: expected to exist, found no such value.",
    ),
    (
        {"type": "json_path", "path": "$.status", "comparison": "<", "value": 5},
        "JSON $.status: expected to be less than 5, found ok.",
    ),
    (
        {"type": "json_path", "path": "$..price", "comparison": ">", "value": 50},
        "JSON $..price: expected to be more than 50, found 5 and 1 more.",
    ),
    (
        {"type": "json_path", "path": "$.items[*].name", "comparison": "!=", "value": "two"},
        "JSON $.items[*].name: expected not to be two, found one and 1 more.",
    ),
    (
        {"type": "json_path", "path": "$.token", "value": "other"},
        "JSON $.token: expected to be other, found another value.",
    ),
    (
        {"type": "header", "name": "Content-Type", "comparison": "contains", "value": "html"},
        "Header content-type: expected to contain html, found application/json.",
    ),
    (
        {"type": "header", "name": "Server", "comparison": "exists"},
        "Header server: expected to exist, found no such header.",
    ),
    (
        {"type": "header", "name": "Set-Cookie", "value": "id=6"},
        "Header set-cookie: expected to be id=6, found another value.",
    ),
    (
        {"type": "body_size", "comparison": "<", "value": 100},
        f"Body size: expected to be less than 100 bytes, found {len(BODY)} bytes.",
    ),
    (
        {"type": "http_version", "comparison": ">=", "value": "2"},
        "HTTP version: expected to be at least 2, found 1.1.",
    ),
    (
        {"type": "tls_version", "value": "1.3"},
        "TLS version: expected to be at least 1.3, found no TLS.",
    ),
    (
        {"type": "certificate_days_left", "value": 14},
        "Certificate: expected the days left to be at least 14, found no certificate.",
    ),
]


@pytest.mark.parametrize(("assertion", "sentence"), UNMET, ids=str)
def test_an_answer_that_does_not_is_down_with_what_was_expected_and_found(
    asserted: Asserted, assertion: dict[str, object], sentence: str
) -> None:
    result = asserted(assertion)
    assert (result.outcome, result.cause) == (Outcome.DOWN, Cause.ASSERTION)
    assert result.detail == sentence


def test_every_failed_assertion_is_named_those_that_count_as_down_first(asserted: Asserted) -> None:
    result = asserted(
        {"type": "json_path", "path": "$.count", "value": 4, "outcome": "degraded"},
        {"type": "json_path", "path": "$.status", "value": "ok"},
        {"type": "json_path", "path": "$.ratio", "value": 1},
    )
    assert result.outcome is Outcome.DOWN
    assert result.detail == (
        "JSON $.ratio: expected to be 1, found 0.5. JSON $.count: expected to be 4, found 3."
    )


def test_an_assertion_may_count_as_degraded_only(asserted: Asserted) -> None:
    result = asserted({"type": "http_version", "value": "2", "outcome": "degraded"})
    assert (result.outcome, result.cause) == (Outcome.DEGRADED, Cause.ASSERTION)


def test_a_slow_answer_is_degraded_or_down_as_the_assertion_says(
    probe: Prober, site: ScriptedSite
) -> None:
    def slowly(_path: str) -> int:
        # The server sleeps, so that a millisecond is surely over.
        import time  # noqa: PLC0415 - for this answer alone

        time.sleep(0.05)
        return 200

    site.answer = slowly
    assertion: dict[str, object] = {"type": "latency_ms", "value": 10}
    result = probe(site.url, assertions=[assertion])
    assert result.outcome is Outcome.DEGRADED
    assert result.detail.startswith("Latency: expected to be at most 10 ms, found ")
    result = probe(site.url, assertions=[assertion | {"outcome": "down"}])
    assert result.outcome is Outcome.DOWN


def test_a_wrong_status_is_told_rather_than_assertions(probe: Prober, site: ScriptedSite) -> None:
    site.answer = 500
    result = probe(site.url, assertions=[{"type": "http_version", "value": "2"}])
    assert result.cause is Cause.STATUS


def test_the_final_url_is_that_after_redirects_and_shows_no_query(
    probe: Prober, site: ScriptedSite
) -> None:
    def redirect(path: str) -> bytes | int:
        return answer(b"", "Location: /end?ticket=abc", status="302 Found") if path == "/" else 200

    site.answer = redirect
    expected = f"{site.url}/end?ticket=abc"
    assert probe(site.url, assertions=[{"type": "final_url", "value": expected}]).detail == ""
    result = probe(site.url, assertions=[{"type": "final_url", "value": f"{site.url}/login"}])
    assert result.detail == (
        f"Final URL: expected to be {site.url}/login, found {site.url}/end?•••."
    )


def test_tls_and_certificate_are_those_of_the_connection(
    probe: Prober, certificates: Certificates
) -> None:
    soon_over = {"type": "certificate_days_left", "comparison": "<=", "value": 1}
    with ScriptedSite(tls=certificates.valid()) as site:
        good = probe(
            site.url,
            assertions=[
                {"type": "tls_version", "value": "1.3", "comparison": "=="},
                {"type": "certificate_days_left", "value": 1},
            ],
        )
        soon = probe(site.url, assertions=[soon_over])
    assert (good.outcome, good.detail) == (Outcome.UP, "")
    assert soon.outcome is Outcome.DOWN
    assert "expected the days left to be at most 1, found " in soon.detail


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (b"<html>no json</html>", "an answer that is not JSON"),
        (b"", "an answer that is not JSON"),
        (b'{"a": NaN}', "an answer that is not JSON"),
        (b"[" * 60_000, "an answer that is not JSON"),
        (b"9" * 5000, "an answer that is not JSON"),
        (b"\xff\xfe\x00", "an answer that is not JSON"),
        (b"[" + b"1," * 100_000 + b"1]", "an answer of more than 64 KiB, which is not searched"),
        (b"[" + b"{}," * 21_000 + b"1]", "{} and 21000 more"),
        (b"5", "no such value"),
    ],
    ids=lambda value: repr(value)[:20],
)
def test_a_body_that_says_nothing_in_json_is_named_as_such(
    probe: Prober, site: ScriptedSite, body: bytes, found: str
) -> None:
    site.answer = answer(body)
    result = probe(site.url, assertions=[{"type": "json_path", "path": "$[*]", "value": 2}])
    assert result.detail == f"JSON $[*]: expected to be 2, found {found}."


def test_what_a_site_sends_cannot_break_the_sentence(probe: Prober, site: ScriptedSite) -> None:
    site.answer = answer(json.dumps({"x": "a\r\nb\x00\x1b[31m\u202ec" + "y" * 500}).encode())
    result = probe(site.url, assertions=[{"type": "json_path", "path": "$.x", "value": "z"}])
    assert result.detail.isprintable()
    assert len(result.detail) < 200


def test_a_pattern_that_makes_other_engines_hang_takes_no_time_to_speak_of(
    probe: Prober, site: ScriptedSite
) -> None:
    site.answer = answer(b"a" * 250_000)
    result = probe(site.url, assertions=[{"type": "regex", "pattern": r"^(a|aa|a*)*(a+)+b$"}])
    assert (result.cause, result.outcome) == (Cause.ASSERTION, Outcome.DOWN)


def test_patterns_take_no_more_of_the_thread_than_is_allowed() -> None:
    assert patterns.program_size(patterns.compiled("a(a|b){20}c")) <= patterns.LARGEST_PROGRAM
    with pytest.raises(ValueError, match="too large"):
        patterns.compiled("((a|b)*a(a|b){12}){40}c")
