"""One request to a provider: what the guard refuses, how long to wait, and what is not said."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from notifiers.base import NotifierError
from notifiers.posting import Provider, ProviderResponse, wait_of
from security.egress.guard import EgressPolicy
from tests.notifiers.gateway import Gateway, http

ANYWHERE = Provider(name="The provider", policy=EgressPolicy("any"), seconds=5)
PUBLIC = Provider(name="The provider", policy=EgressPolicy(), seconds=5)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_the_address_that_is_connected_to_is_judged_whatever_the_name(host: str) -> None:
    with Gateway(http("200 OK", "")) as gateway:
        url = gateway.url.replace("127.0.0.1", host)
        with pytest.raises(NotifierError, match="may not connect to that host") as caught:
            PUBLIC.post(url)
    assert gateway.requests == []
    # It may lead elsewhere in an hour.
    assert not caught.value.permanent


def test_a_failure_says_nothing_of_the_url() -> None:
    with capture_logs() as logs, pytest.raises(NotifierError) as caught:
        ANYWHERE.post("http://127.0.0.1:1/very-secret")
    assert str(caught.value) == "The provider sent an invalid answer."
    assert "very-secret" not in f"{caught.value}{logs}"


def test_what_a_provider_says_is_kept_to_one_short_line() -> None:
    error = ANYWHERE.refused(ProviderResponse(400), "no\r\nsuch\x00thing " + "x" * 500)
    assert str(error).startswith("The provider answered 400: no such thing xxx")
    assert len(str(error)) == 200


@pytest.mark.parametrize(
    ("header", "wait"),
    [("120", 120), ("0", 0), ("", 0), ("-5", 0), ("nan", 0), ("9" * 50, 0), ("\u0663", 0),
     ("Tue, 24 Nov 2020 08:12:05 GMT", 0), ("Tue, 24 Nov 2020", 0), ("24 24 24", 0)],
)  # fmt: skip
def test_retry_after_is_read_as_seconds_or_as_a_date(header: str, wait: float) -> None:
    assert ProviderResponse(429, {"Retry-After": header}).retry_after == wait


def test_retry_after_may_be_a_date_to_come() -> None:
    until = datetime.now(UTC) + timedelta(hours=1)
    asked = ProviderResponse(503, {"Retry-After": f"{until:%a, %d %b %Y %H:%M:%S} GMT"}).retry_after
    assert 3500 < asked <= 3600


@given(st.text(max_size=40))
def test_no_header_makes_the_wait_break(header: str) -> None:
    assert ProviderResponse(429, {"Retry-After": header}).retry_after >= 0


@given(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.lists(st.none()))
)
def test_a_wait_in_a_body_is_between_nothing_and_a_day(value: object) -> None:
    assert 0 <= wait_of(value) <= 86_400


@pytest.mark.parametrize(("asked", "wait"), [(86_400, 86_400), (86_401, 0), (0.5, 0.5)])
def test_a_wait_of_more_than_a_day_is_none(asked: float, wait: float) -> None:
    assert wait_of(asked) == wait


@pytest.mark.parametrize(
    ("body", "kind", "is_page"),
    [
        (b"<html>no</html>", "", True),
        (b"\r\n <!DOCTYPE html>", "text/plain", True),
        (b"", "Text/HTML; charset=utf-8", True),
        (b"ok", "text/plain", False),
        (b'{"a": "<b>"}', "application/json", False),
        (b"", "", False),
    ],
)
def test_a_page_for_people_is_told_from_what_a_provider_says(
    body: bytes,
    kind: str,
    is_page: bool,  # noqa: FBT001 - a column of the table
) -> None:
    assert ProviderResponse(200, {"Content-Type": kind}, body).is_page is is_page


@given(st.binary(max_size=200))
def test_no_body_makes_the_reading_break(body: bytes) -> None:
    assert isinstance(ProviderResponse(200, body=body).object, dict)
