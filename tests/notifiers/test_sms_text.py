"""Texts fit into two segments, whatever the names and causes in them."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.alert import Alert, AlertEvent
from notifiers.sms_text import fits, text_of
from tests.notifiers.alerts import outage, recovery

PREFIX = {AlertEvent.DOWN: "DOWN ", AlertEvent.UP: "UP ", AlertEvent.ENDED: "ENDED "}


def test_a_text_says_what_since_when_why_and_where() -> None:
    assert text_of(outage()) == (
        "DOWN Shop since 24 Nov 08:12 UTC. Answered 500 Internal Server Error, expected 200-299."
        " https://shop.example/"
    )


@pytest.mark.parametrize("text", ["a" * 306, "€" * 153, "é" * 306, "я" * 134, "🛒" * 67, ""])
def test_two_segments_fit(text: str) -> None:
    assert fits(text)


@pytest.mark.parametrize(
    "text", ["a" * 307, "€" * 153 + "a", "я" * 135, "a" * 134 + "я", "🛒" * 68]
)
def test_more_than_two_segments_do_not_fit(text: str) -> None:
    assert not fits(text)


def test_a_url_that_does_not_fit_is_left_out() -> None:
    assert text_of(outage(url="https://shop.example/" + "x" * 300)).endswith("expected 200-299.")


def test_a_cause_that_does_not_fit_is_cut() -> None:
    text = text_of(outage(cause="because " * 60))
    assert text.endswith("...")
    assert 290 < len(text) <= 306


def test_a_long_name_leaves_room_for_the_cause() -> None:
    assert "Answered 500" in text_of(outage(name="Shop " * 50))


def test_a_name_in_another_script_keeps_the_time_and_some_of_the_cause() -> None:
    text = text_of(outage(name="Интернет-магазин"))
    assert text.startswith("DOWN Интернет-магазин since 24 Nov 08:12 UTC. Answered 500")
    assert fits(text)


def test_typographic_signs_do_not_cost_a_text_its_alphabet() -> None:
    text = text_of(outage(name="Ann\u2019s \u201cshop\u201d \u2013 the best\u2026"))
    assert text.startswith('DOWN Ann\'s "shop" - the best... since')


def test_line_breaks_of_names_are_taken_out() -> None:
    assert text_of(outage(name="Shop\r\nUP Shop")).startswith("DOWN Shop UP Shop since")


@given(
    name=st.text(max_size=200),
    cause=st.text(max_size=400),
    url=st.text(max_size=400),
    event=st.sampled_from(AlertEvent),
    lasted=st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=3650)),
)
def test_any_alert_fits_and_says_what_happened(
    name: str, cause: str, url: str, event: AlertEvent, lasted: timedelta
) -> None:
    base = recovery(event=event)
    alert: Alert = replace(
        base, monitor_name=name, cause=cause, url=url, ended_at=base.started_at + lasted
    )
    text = text_of(alert)
    assert fits(text)
    assert text.startswith(PREFIX[event])
    assert "24 Nov 08:12 UTC" in text
