"""What may be asserted is checked when it is written, and the message says what to mend."""

import pytest
from pydantic import ValidationError

from probes.kinds.http_settings import HttpSettings

REFUSED: list[tuple[dict[str, object], str]] = [
    ({"type": "weather"}, "does not match any of the expected tags"),
    ({"pattern": "x"}, "Unable to extract tag"),
    ({"type": "regex"}, "Field required"),
    ({"type": "regex", "pattern": ""}, "at least 1 character"),
    ({"type": "regex", "pattern": "(unclosed"}, "Not a regular expression that RE2 accepts"),
    ({"type": "regex", "pattern": r"(?=lookahead)"}, "Not a regular expression that RE2 accepts"),
    ({"type": "regex", "pattern": r"(a)\1"}, "Not a regular expression that RE2 accepts"),
    ({"type": "regex", "pattern": "a{1000}{1000}"}, "Not a regular expression that RE2 accepts"),
    ({"type": "regex", "pattern": r"\pL{100}"}, "too large"),
    ({"type": "regex", "pattern": r"\pL{1000}"}, "too large"),
    ({"type": "regex", "pattern": r"\pN\PN" * 3}, "at most 5 Unicode classes"),
    ({"type": "regex", "pattern": "x" * 501}, "at most 500 characters"),
    ({"type": "regex", "pattern": "x", "mode": "maybe"}, "Input should be"),
    ({"type": "regex", "pattern": "x", "outcome": "unknown"}, "Input should be"),
    ({"type": "regex", "pattern": "x", "colour": "red"}, "Extra inputs are not permitted"),
    ({"type": "json_path", "path": "status"}, "Not a JSON path"),
    ({"type": "json_path", "path": "$.a["}, "Not a JSON path"),
    ({"type": "json_path", "path": "$" + "[?" * 100}, "Not a JSON path"),
    ({"type": "json_path", "path": "$..a..b"}, "only once"),
    ({"type": "json_path", "path": "$[*,*]"}, "one way only"),
    ({"type": "json_path", "path": "$['a','a']"}, "one way only"),
    ({"type": "json_path", "path": "$[?@..x]"}, "single values"),
    ({"type": "json_path", "path": "$[?$.a[*]]"}, "single values"),
    ({"type": "json_path", "path": "$[?@[?@[*]]]"}, "single values"),
    ({"type": "json_path", "path": "$[?count(@.*) > 1]"}, "single values"),
    ({"type": "json_path", "path": "$[?match(@.a, '(a+)+b')]"}, "Not a JSON path"),
    ({"type": "json_path", "path": "$[?search(@.a, '(a+)+b')]"}, "Not a JSON path"),
    ({"type": "json_path", "path": "$[?@.a||@.b||@.c||@.d||@.e]"}, "at most 4 comparisons"),
    ({"type": "json_path", "path": "$[?!(@.a==1&&!(@.b==2||@.c==3&&(@.d<4&&@.e))) ]"}, "at most 4"),
    ({"type": "json_path", "path": "$.a", "comparison": "=~", "value": "x"}, "Input should be"),
    ({"type": "json_path", "path": "$.a", "comparison": "<"}, "needs a number or a text"),
    ({"type": "json_path", "path": "$.a", "comparison": "<", "value": True}, "needs a number"),
    ({"type": "json_path", "path": "$.a", "comparison": "exists", "value": 1}, "takes no value"),
    ({"type": "json_path", "path": "$.a", "value": ["x"]}, "Must be a text, a number"),
    ({"type": "json_path", "path": "$.a", "value": "x" * 1001}, "at most 1000 characters"),
    ({"type": "header", "name": "X-Tag"}, "needs a value"),
    ({"type": "header", "name": "X Tag", "value": "x"}, "should match pattern"),
    ({"type": "header", "name": "X\r\nY", "value": "x"}, "should match pattern"),
    ({"type": "header", "name": "X", "comparison": "exists", "value": "x"}, "takes no value"),
    ({"type": "header", "name": "X", "comparison": "matches", "value": "("}, "Not a regular"),
    ({"type": "header", "name": "X", "value": "a\0b"}, "NUL"),
    ({"type": "final_url", "comparison": "exists"}, "Input should be"),
    ({"type": "body_size", "comparison": "<", "value": -1}, "greater than or equal to 0"),
    ({"type": "body_size", "comparison": "<", "value": 2**40}, "less than or equal to"),
    ({"type": "body_size", "comparison": "<", "value": "5"}, "valid integer"),
    ({"type": "body_size", "comparison": "contains", "value": 5}, "Input should be"),
    ({"type": "http_version", "value": "4"}, "Input should be"),
    ({"type": "tls_version", "value": "1.0"}, "Input should be"),
    ({"type": "certificate_days_left", "value": 1.5}, "valid integer"),
    ({"type": "latency_ms", "value": 0}, "greater than or equal to 1"),
]


@pytest.mark.parametrize(("assertion", "message"), REFUSED, ids=str)
def test_an_assertion_that_cannot_be_taken_is_refused_in_words(
    assertion: dict[str, object], message: str
) -> None:
    with pytest.raises(ValidationError) as refusal:
        HttpSettings.model_validate({"assertions": [assertion]})
    [problem] = refusal.value.errors()
    assert message in problem["msg"]
    assert problem["loc"][:2] == ("assertions", 0) or problem["loc"] == ("assertions",)


def test_there_are_at_most_twenty() -> None:
    one = {"type": "http_version", "value": "2"}
    assert len(HttpSettings.model_validate({"assertions": [one] * 20}).assertions) == 20
    with pytest.raises(ValidationError, match="at most 20"):
        HttpSettings.model_validate({"assertions": [one] * 21})


def test_patterns_are_bounded_together_too() -> None:
    one = {"type": "regex", "pattern": "[a-z]{200}"}
    HttpSettings.model_validate({"assertions": [one]})
    with pytest.raises(ValidationError, match="too large in total"):
        HttpSettings.model_validate({"assertions": [one, one]})


def test_so_are_those_of_headers_and_addresses() -> None:
    header = {"type": "header", "name": "X", "comparison": "matches", "value": "[a-z]{90}"}
    url = {"type": "final_url", "comparison": "matches", "value": "[a-z]{90}"}
    body = {"type": "regex", "pattern": "[a-z]{90}"}
    HttpSettings.model_validate({"assertions": [header, url, body]})
    with pytest.raises(ValidationError, match="too large in total"):
        HttpSettings.model_validate({"assertions": [header, url, body, header]})


def test_so_are_json_paths_that_look_at_much() -> None:
    one = {"type": "json_path", "path": "$..a", "comparison": "exists"}
    HttpSettings.model_validate({"assertions": [one] * 3})
    with pytest.raises(ValidationError, match="At most 3"):
        HttpSettings.model_validate({"assertions": [one] * 4})


def test_a_head_request_has_no_body_to_assert_anything_of() -> None:
    header = {"type": "header", "name": "X", "comparison": "exists"}
    HttpSettings.model_validate({"method": "HEAD", "assertions": [header]})
    body = {"type": "regex", "pattern": "x"}
    with pytest.raises(ValidationError, match="HEAD request has no body"):
        HttpSettings.model_validate({"method": "HEAD", "assertions": [body]})


def test_what_was_taken_reads_the_same_from_the_database() -> None:
    settings = HttpSettings.model_validate(
        {
            "assertions": [
                {"type": "json_path", "path": "$.a", "value": 1},
                {"type": "json_path", "path": "$.a", "value": True},
                {"type": "json_path", "path": "$.a", "value": 1.5},
                {"type": "latency_ms", "value": 100},
            ]
        }
    )
    again = HttpSettings.model_validate(settings.model_dump(mode="json"))
    assert again == settings
    assert [type(each.model_dump()["value"]) for each in again.assertions] == [
        int,
        bool,
        float,
        int,
    ]
