"""A key in a header, the query or a cookie, as httpbin sees it."""

import pytest
from pydantic import ValidationError

from domain.evaluation.outcome import Outcome
from probes.auth.request_bytes import target
from tests.probes.auth.asking import check, credential, header, request, sent
from tests.probes.conftest import Prober

KEY = "k3y!"


@pytest.mark.parametrize(
    ("place", "path", "seen"),
    [
        ("header", "/headers", '"X-Key": "k3y!"'),
        ("query", "/get?a=b", '"X-Key": "k3y!"'),
        ("query", "/get", '"X-Key": "k3y!"'),
        ("cookie", "/cookies", '"X-Key": "k3y!"'),
    ],
)
def test_httpbin_sees_the_key(
    probe: Prober, httpbin: str, place: str, path: str, seen: str
) -> None:
    held = credential("api_key", {"name": "X-Key", "value": KEY, "place": place})
    result = check(probe, httpbin + path, held, keyword=seen)
    assert result.outcome is Outcome.UP
    assert check(probe, httpbin + path, keyword=KEY).outcome is Outcome.DOWN


def test_what_was_set_before_is_replaced_or_added_to() -> None:
    before = request(headers=(("x-key", "old"), ("Cookie", "a=b; sid=old")))
    held = credential("api_key", {"name": "X-Key", "value": KEY})
    assert header(sent(held, before), "X-Key") == KEY
    held = credential("api_key", {"name": "sid", "value": KEY, "place": "cookie"})
    assert header(sent(held, before), "Cookie") == f"a=b; sid={KEY}"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://a.example", "/?k%26=v%20%2F%3D%C3%BC"),
        ("https://a.example/?", "/?k%26=v%20%2F%3D%C3%BC"),
        ("https://a.example/?a=b&", "/?a=b&k%26=v%20%2F%3D%C3%BC"),
        ("https://a.example/?a", "/?a&k%26=v%20%2F%3D%C3%BC"),
    ],
)
def test_a_key_in_the_query_cannot_break_out_of_it(url: str, expected: str) -> None:
    held = credential("api_key", {"name": "k&", "value": "v /=ü", "place": "query"})
    assert target(sent(held, request(url))) == expected


@pytest.mark.parametrize(
    "fields",
    [
        {"name": "Host", "value": "x"},
        {"name": "Content-Length", "value": "1"},
        {"name": "Proxy-Authorization", "value": "x"},
        {"name": "Transfer-Encoding", "value": "chunked"},
        {"name": "X Y", "value": "x"},
        {"name": "X\r\nY", "value": "x"},
        {"name": "", "value": "x"},
        {"name": "X", "value": ""},
        {"name": "X", "value": "a\r\nEvil: b"},
        {"name": "X", "value": "a\x00b"},
        {"name": "a", "value": "b; c=d", "place": "cookie"},
        {"name": "a", "value": 'b"', "place": "cookie"},
        {"name": "a=b", "value": "c", "place": "cookie"},
        {"name": "a", "value": "b\nc", "place": "query"},
        {"name": "a", "value": "b", "place": "body"},
    ],
)
def test_what_has_no_place_there_is_refused(fields: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        credential("api_key", fields)
