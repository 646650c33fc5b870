"""What may be set for a web page, and what is refused with a sentence that helps."""

from typing import Any

import pytest
from pydantic import ValidationError

from probes.kinds.http import HttpSettings


def refusal(**values: Any) -> str:  # noqa: ANN401 - the point is to give it anything
    with pytest.raises(ValidationError) as caught:
        HttpSettings(**values)
    return "\n".join(each["msg"] for each in caught.value.errors())


def test_nothing_needs_to_be_set() -> None:
    settings = HttpSettings()
    assert settings.model_dump(mode="json") == {
        "method": "GET",
        "headers": {},
        "body": None,
        "expected_status": ["200-299"],
        "keyword": None,
        "keyword_mode": "present",
        "follow_redirects": True,
        "max_redirects": 5,
        "verify_tls": True,
        "http_version": "",
        "ip_version": "",
        "allow_plaintext_credentials": False,
        "assertions": [],
    }


def test_what_is_stored_reads_back_as_the_same() -> None:
    settings = HttpSettings(method="POST", headers={"X-A": "b"}, body="c", expected_status=(301,))  # type: ignore[arg-type] # numbers are taken
    assert HttpSettings.model_validate(settings.model_dump(mode="json")) == settings
    assert settings.expected_status == ("301",)


@pytest.mark.abuse(22)
@pytest.mark.parametrize(
    "name",
    [
        "Host",
        "content-length",
        "Transfer-Encoding",
        "Connection",
        "Expect",
        "Upgrade",
        "TE",  # codespell:ignore te - a header of HTTP
        "Trailer",
        "Proxy-Authorization",
        "proxy-anything",
    ],
)
def test_headers_that_frame_a_message_are_ours(name: str) -> None:
    assert f"The header {name} is set by the probe itself." in refusal(headers={name: "x"})


@pytest.mark.parametrize("name", ["Authorization", "authorization", "Cookie"])
def test_secrets_are_not_accepted_in_headers(name: str) -> None:
    assert "Secrets are not accepted in headers" in refusal(headers={name: "Bearer x"})


@pytest.mark.abuse(21)
@pytest.mark.parametrize("value", ["a\r\nX-Evil: 1", "a\nb", "a\rb", "a\0b", "a\x1bb"])
def test_a_header_cannot_break_out_of_its_line(value: str) -> None:
    words = refusal(headers={"X-A": value})
    assert "The value of X-A must not contain line breaks or control characters." in words


@pytest.mark.abuse(21)
@pytest.mark.parametrize("name", ["", "X A", "X:A", "X\r\nA", "Ünicode", "a" * 101])
def test_a_header_name_is_a_token(name: str) -> None:
    assert "A header name may contain only letters" in refusal(headers={name: "x"})


def test_headers_are_few_and_small() -> None:
    assert "At most 30" in refusal(headers={f"X-{number}": "" for number in range(31)})
    assert "at most 4096 bytes" in refusal(headers={"X-A": "ä" * 2049})
    assert "occurs twice" in refusal(headers={"X-A": "1", "x-a": "2"})
    assert HttpSettings(headers={"X-A": " spaced\t"}).headers == {"X-A": "spaced"}


@pytest.mark.parametrize(
    "statuses",
    [
        "200-299",
        ["299-200"],
        ["2xx"],
        ["99"],
        ["600"],
        ["200-"],
        [" 200"],
        [True],
        [],
        [20],
        ["200"] * 21,
        None,
        {},
    ],
)
def test_a_status_is_a_number_or_a_range(statuses: object) -> None:
    assert refusal(expected_status=statuses)


@pytest.mark.parametrize("statuses", [[200, "300-399"], ["404"], ["100-599"]])
def test_numbers_and_ranges_of_statuses_are_taken(statuses: list[Any]) -> None:
    taken = HttpSettings.model_validate({"expected_status": statuses}).expected_status
    assert taken == tuple(str(each) for each in statuses)


def test_a_body_belongs_to_methods_that_have_one() -> None:
    assert "A GET request has no body." in refusal(body="x")
    assert "A HEAD request has no body." in refusal(method="HEAD", body="x")
    assert "at most 64 KiB" in refusal(method="POST", body="x" * 65_537)
    assert "NUL" in refusal(method="POST", body="a\0b")
    assert HttpSettings(method="DELETE", body="x").body == "x"


def test_a_keyword_needs_a_body_to_look_in() -> None:
    assert "HEAD" in refusal(method="HEAD", keyword="x")
    assert refusal(keyword="")
    assert refusal(keyword="x" * 1001)
    assert refusal(keyword="a\0b")
    assert refusal(keyword_mode="sometimes")


@pytest.mark.parametrize(
    "values",
    [
        {"max_redirects": -1},
        {"max_redirects": 11},
        {"max_redirects": True},
        {"max_redirects": "3"},
        {"follow_redirects": "yes"},
        {"verify_tls": 1},
        {"method": "TRACE"},
        {"method": "get"},
        {"unknown": 1},
        {"headers": []},
        {"headers": {"X-A": 1}},
    ],
)
def test_what_is_not_meant_is_not_guessed(values: dict[str, Any]) -> None:
    assert refusal(**values)
