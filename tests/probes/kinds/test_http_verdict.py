"""From an answer to a verdict, without a network: order of causes, and words that are safe to show."""

import pytest

from domain.evaluation.outcome import Cause, Outcome
from probes.base import ProbeResult, Timings
from probes.exchange import HEADER_CAP, Response
from probes.failures import ours
from probes.kinds.http import HttpSettings
from probes.kinds.http_verdict import judge, phrase, status_expected
from tests.probes.conftest import target


def verdict(response: Response, threshold: int | None = None, **settings: object) -> ProbeResult:
    wanted = target("http://example.com/", latency_threshold_ms=threshold)
    return judge(response, wanted, HttpSettings.model_validate(settings), response.timings)


@pytest.mark.parametrize(
    ("status", "expected"),
    [(200, True), (299, True), (301, True), (300, False), (199, False), (404, False)],
)
def test_numbers_and_ranges_are_inclusive(status: int, expected: bool) -> None:  # noqa: FBT001 - a table
    assert status_expected(status, ("200-299", "301")) is expected


def test_a_status_that_nobody_defined_is_shown_as_its_number() -> None:
    assert phrase(200) == "200 OK"
    assert phrase(799) == "799"


def test_a_slow_answer_is_named_with_both_figures() -> None:
    slow = Response(status=200, timings=Timings(total=2_310_000))
    result = verdict(slow, 2000)
    assert (result.outcome, result.cause) == (Outcome.DEGRADED, Cause.SLOW)
    assert result.detail == "The answer took 2,310 ms, more than 2,000 ms."
    assert verdict(slow, 2310).outcome is Outcome.UP
    assert verdict(slow).outcome is Outcome.UP


def test_what_is_down_is_not_called_slow() -> None:
    failed = Response(status=500, timings=Timings(total=5_000_000))
    assert verdict(failed, 1).cause is Cause.STATUS


def test_a_wrong_status_counts_before_a_missing_keyword() -> None:
    assert verdict(Response(status=500), keyword="x").cause is Cause.STATUS
    assert verdict(Response(status=200), keyword="x").cause is Cause.KEYWORD_MISSING


def test_large_headers_are_named_whatever_else_went_wrong() -> None:
    response = Response(header_bytes=HEADER_CAP + 1, failure=ours("Broken."))
    assert verdict(response).cause is Cause.PROTOCOL


def test_invariant_1_our_own_trouble_stays_unknown() -> None:
    result = verdict(Response(status=500, failure=ours("Broken.")))
    assert (result.outcome, result.detail) == (Outcome.UNKNOWN, "Broken.")


def test_words_stay_short_however_much_is_expected() -> None:
    many = [f"{status}-{status}" for status in range(200, 220)]
    detail = verdict(Response(status=500), expected_status=many).detail
    assert detail.isprintable()
    assert len(detail) <= 300


@pytest.mark.parametrize(
    "content_type",
    ["text/html; charset=punycode", "text/html; charset=idna", "x; charset=\x00", "charset=utf-16"],
)
def test_a_charset_is_only_taken_from_those_that_are_safe(content_type: str) -> None:
    response = Response(status=200, body=b"\xff\xfexn--", content_type=content_type)
    assert verdict(response, keyword="word").cause is Cause.KEYWORD_MISSING
