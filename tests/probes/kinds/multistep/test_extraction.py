"""Extractions: whatever a site answers, there is the value that it wrote, or a reason."""

import json
from contextlib import suppress

from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from domain.multistep.placeholders import Value, text_of
from probes.assertions.base import ProbedResponse
from probes.assertions.budget import Budget
from probes.auth.cookies import Cookies
from probes.exchange import Response
from probes.kinds.multistep.extraction import (
    LARGEST_VALUE,
    AnyExtraction,
    Extraction,
    NoValueError,
)
from probes.urls import parse_url

SITE = parse_url("https://a.example/")
texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60)


def extraction(**fields: object) -> Extraction:
    made: Extraction = TypeAdapter(AnyExtraction).validate_python({"name": "v", **fields})
    return made


def answer(
    rule: Extraction, body: bytes = b"", headers: tuple[tuple[str, str], ...] = ()
) -> ProbedResponse:
    response = Response(status=200, body=body, body_bytes=len(body), headers=headers)
    return ProbedResponse(response, SITE.text, 1, Budget.of([rule]))


@given(st.one_of(texts, st.integers(), st.booleans()))
def test_a_json_value_keeps_its_text_and_type(value: Value) -> None:
    rule = extraction(type="json_path", path="$.a[0]")
    found = rule.value(answer(rule, json.dumps({"a": [value]}).encode()), Cookies())
    assert (found, type(found)) == (value, type(value))


@given(texts.filter(lambda text: '"' not in text))
def test_a_regular_expression_returns_its_group(text: str) -> None:
    rule = extraction(type="regex", pattern='<input value="((?s:[^"]*))">')
    body = f'<é><input value="{text}"><input value="other">'.encode()
    assert rule.value(answer(rule, body), Cookies()) == text


@given(st.binary(max_size=300))
def test_no_answer_breaks_an_extraction(body: bytes) -> None:
    for rule in (
        extraction(type="json_path", path="$..a"),
        extraction(type="regex", pattern="a(.*)"),
        extraction(type="header", header="X-A"),
        extraction(type="cookie", cookie="sid"),
    ):
        given_answer = answer(rule, body, (("X-A", body.decode("latin-1")),))
        with suppress(NoValueError):
            value = rule.value(given_answer, Cookies())
            assert 0 < len(text_of(value).encode()) <= LARGEST_VALUE


def test_a_cookie_is_found_whichever_step_set_it() -> None:
    cookies = Cookies()
    cookies.take(SITE, [("Set-Cookie", "sid=abc; Secure; HttpOnly")])
    rule = extraction(type="cookie", cookie="sid")
    assert rule.value(answer(rule), cookies) == "abc"


def test_what_suggests_a_secret_is_one() -> None:
    assert extraction(type="header", header="X-Auth-Token").is_secret
    assert extraction(type="json_path", path="$.session.id").is_secret
    assert extraction(type="cookie", cookie="lang").is_secret
    assert extraction(type="header", header="Location", secret=True).is_secret
    assert not extraction(type="header", header="Location").is_secret
