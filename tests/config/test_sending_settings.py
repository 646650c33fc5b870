"""Settings about sending: by kind, with defaults for what is not named, and none that is not right."""

import pytest
from pydantic import ValidationError

from tests.notifiers.settings import settings


def test_what_is_not_named_keeps_its_pace() -> None:
    assert settings(messages_per_minute="") == settings()
    paces = settings(messages_per_minute="sms=2, slack=5").messages_per_minute
    assert (paces["sms"], paces["slack"], paces["email"], paces["other"]) == (2, 5, 30, 20)


@pytest.mark.parametrize("text", ["30", "email", "email=", "email=0", "email=x", "email=1e9"])
def test_a_pace_that_is_none_stops_the_start(text: str) -> None:
    with pytest.raises(ValidationError, match="messages_per_minute"):
        settings(messages_per_minute=text)


@pytest.mark.parametrize(("text", "expected"), [("", None), ("0", 0), ("500", 500)])
def test_an_empty_quota_is_none(text: str, expected: int | None) -> None:
    assert settings(texts_per_day=text).texts_per_day == expected


@pytest.mark.parametrize("text", ["-1", "many"])
def test_a_quota_that_is_no_number_stops_the_start(text: str) -> None:
    with pytest.raises(ValidationError, match="texts_per_day"):
        settings(texts_per_day=text)
