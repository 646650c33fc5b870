"""Texts fit into two segments, whatever the names and causes in them."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.alerting.alert import ACKNOWLEDGED_BY, Alert, AlertEvent, Outage
from notifiers.texts.segments import is_gsm, segments
from notifiers.texts.sms_text import fits, text_of
from tests.notifiers.alerts import STARTED, every_event, of_event, outage, recovery

PREFIX = {
    AlertEvent.DOWN: "DOWN: ",
    AlertEvent.DEGRADED: "DEGRADED: ",
    AlertEvent.REMINDER: "STILL DOWN after ",
    AlertEvent.UP: "RECOVERED: ",
    AlertEvent.MISSED: "WAS DOWN: ",
    AlertEvent.ACKNOWLEDGED: "ACKNOWLEDGED: ",
    AlertEvent.ENDED: "DELETED: ",
}


def test_a_text_says_what_since_when_why_and_where() -> None:
    assert text_of(outage()) == (
        "DOWN: Shop since 24 Nov 08:12 UTC. Answered 500 Internal Server Error, expected 200-299."
        " https://shop.example/"
    )


def test_an_address_is_added_only_where_it_costs_no_further_segment() -> None:
    free, dear = outage(), outage(url="https://shop.example/" + "x" * 60)
    assert text_of(free).endswith(free.url)
    assert dear.url not in text_of(dear)
    assert segments(text_of(dear)) == 1


def test_a_digest_names_its_monitors() -> None:
    assert "Down: Shop, Blog. Recovered: Wiki." in text_of(of_event(AlertEvent.DIGEST))


def test_who_acknowledged_is_named() -> None:
    facts = ((ACKNOWLEDGED_BY, "Ann\r\nDOWN: Shop " + "x" * 90),)
    text = text_of(replace(of_event(AlertEvent.ACKNOWLEDGED), facts=facts))
    assert text.startswith("ACKNOWLEDGED by Ann DOWN: Shop xxx")
    assert len(text) < 160


@pytest.mark.parametrize("text", ["a" * 306, "€" * 152, "é" * 306, "я" * 134, "🛒" * 66, ""])
def test_two_segments_fit(text: str) -> None:
    assert fits(text)


@pytest.mark.parametrize("text", ["a" * 307, "€" * 153, "я" * 135, "a" * 134 + "я", "🛒" * 67])
def test_more_than_two_segments_do_not_fit(text: str) -> None:
    assert not fits(text)


def test_a_recovery_says_how_long_it_was_and_not_why() -> None:
    text = text_of(recovery())
    assert text.startswith("RECOVERED: Shop, ")
    assert "12 min from 24 Nov 08:12 UTC" in text
    assert "Answered" not in text


@pytest.mark.parametrize(
    ("event", "notified"),
    [
        (AlertEvent.DOWN, "AUTHORIZATION FAILING: Shop since 24"),
        (AlertEvent.REMINDER, "STILL AUTHORIZATION FAILING: Shop since 24"),
        (AlertEvent.ACKNOWLEDGED, "ACKNOWLEDGED: Shop, authorization failing since 24"),
        (AlertEvent.UP, "RECOVERED: Shop, authorization failed for 12 min from 24"),
        (AlertEvent.MISSED, "AUTHORIZATION FAILED: Shop for 12 min from 24"),
        (AlertEvent.ENDED, "DELETED: Shop, authorization failing since 24"),
    ],
)
def test_a_credential_that_failed_is_not_called_an_outage(event: AlertEvent, notified: str) -> None:
    assert text_of(replace(of_event(event), is_authorization=True)).startswith(notified)


@pytest.mark.parametrize(
    ("event", "notified"),
    [
        (AlertEvent.DEGRADED, "DEGRADED: Shop since 24"),
        (AlertEvent.REMINDER, "STILL DEGRADED: Shop since 24"),
        (AlertEvent.ACKNOWLEDGED, "ACKNOWLEDGED: Shop, degraded since 24"),
        (AlertEvent.UP, "RECOVERED: Shop, degraded for 12 min from 24"),
        (AlertEvent.ENDED, "DELETED: Shop, degraded since 24"),
    ],
)
def test_degraded_service_is_called_so_whatever_came_of_it(
    event: AlertEvent, notified: str
) -> None:
    degraded = event is not AlertEvent.DEGRADED
    assert text_of(replace(of_event(event), is_degraded=degraded)).startswith(notified)


def test_an_outage_of_which_nobody_knows_the_end_lasted_for_a_while() -> None:
    assert text_of(replace(recovery(), ended_at=None)).startswith(
        "RECOVERED: Shop, down for a while from"
    )


def test_an_outage_of_which_nobody_knows_the_beginning_is_told_without_it() -> None:
    assert text_of(replace(outage(), started_at=None)).startswith("Shop is down. Answered 500")


def test_a_url_that_does_not_fit_is_left_out() -> None:
    assert text_of(outage(url="https://shop.example/" + "x" * 300)).endswith("expected 200-299.")


def test_a_cause_that_does_not_fit_is_cut() -> None:
    text = text_of(outage(cause="because " * 60))
    assert text.endswith("because...")
    assert 150 < len(text) <= 160


def test_a_long_name_leaves_room_for_the_cause() -> None:
    text = text_of(outage(name="x" * 100))
    assert text.startswith(f"DOWN: {'x' * 60} since 24 Nov 08:12 UTC. Answered 500")


def test_a_name_in_another_script_keeps_the_time_and_some_of_the_cause() -> None:
    text = text_of(outage(name="Интернет-магазин"))
    assert text.startswith("DOWN: Интернет-магазин since 24 Nov 08:12 UTC. Answered 500")
    assert fits(text)


def test_typographic_signs_do_not_cost_a_text_its_alphabet() -> None:
    text = text_of(
        outage(name="\u2018Ann\u2019s\u2019 \u201cshop\u201d \u2013 \u2014 the best\u2026")
    )
    assert text.startswith("DOWN: 'Ann's' \"shop\" - - the best... since")


def test_line_breaks_and_typographic_signs_of_causes_are_taken_out() -> None:
    text = text_of(outage(cause="It\u2019s\r\naway."))
    assert "UTC. It's away. https://" in text


def test_line_breaks_of_names_are_taken_out() -> None:
    assert text_of(outage(name="Shop\r\nUP Shop")).startswith("DOWN: Shop UP Shop since")


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 1),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("€" * 80, 1),
        ("a" * 152 + "€" * 5, 2),
        ("a" * 152 + "€" * 77, 3),
        ("я" * 70, 1),
        ("я" * 71, 2),
        ("я" * 134, 2),
        ("я" * 135, 3),
        ("🛒" * 35, 1),
        ("🛒" * 36, 2),
        ("a" * 66 + "🛒" * 34, 3),
    ],
    ids=range(15),
)
def test_texts_are_counted_as_phone_networks_split_them(text: str, count: int) -> None:
    assert segments(text) == count


@given(st.text(max_size=1000), st.text(max_size=20))
def test_a_longer_text_never_takes_fewer_segments(text: str, more: str) -> None:
    assert segments(text + more) >= segments(text) >= 1


@given(st.text(max_size=1000))
def test_segments_have_the_room_that_they_say(text: str) -> None:
    units = len(text.encode("utf-16-le", "surrogatepass")) // 2
    if not is_gsm(text) and units > 70:
        assert (units + 66) // 67 <= segments(text) <= units // 66 + 1


CONFIRM_LINK = f"https://downtime.example.com/links/confirm/{'a' * 70}"


@pytest.mark.parametrize("name", ["Shop", "Интернет-магазин " * 10, "🛒" * 100])
def test_a_link_to_confirm_with_and_who_asks_are_never_left_out(name: str) -> None:
    asked = of_event(AlertEvent.CONFIRM)
    text = text_of(replace(asked, organization_name=name, confirm_link=CONFIRM_LINK))
    assert text.startswith(name[:4])
    assert text.endswith(f" {CONFIRM_LINK}")
    assert segments(text) <= 3


def test_a_link_that_is_longer_than_any_text_is_sent_all_the_same() -> None:
    alert = replace(of_event(AlertEvent.CONFIRM), confirm_link=CONFIRM_LINK + "a" * 500)
    assert text_of(alert).endswith(alert.confirm_link)


def test_a_cause_is_shortened_before_the_link_to_acknowledge_with() -> None:
    alert = replace(outage(cause="because " * 60), acknowledge_link="https://d.example/a/1")
    text = text_of(alert)
    assert "UTC. because because" in text
    assert text.endswith("because... https://d.example/a/1")
    assert segments(text) == 1


@pytest.mark.parametrize("alert", every_event(), ids=lambda alert: alert.event)
def test_every_event_fits_into_a_text(alert: Alert) -> None:
    text = text_of(alert)
    assert len(text) > 10
    assert fits(text)
    assert is_gsm(text)


@given(
    name=st.text(max_size=200),
    cause=st.text(max_size=400),
    url=st.text(max_size=400),
    event=st.sampled_from(sorted(PREFIX)),
    lasted=st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=3650)),
)
def test_any_alert_fits_and_says_what_happened(
    name: str, cause: str, url: str, event: AlertEvent, lasted: timedelta
) -> None:
    base = recovery(event=event)
    alert: Alert = replace(base, monitor_name=name, cause=cause, url=url, ended_at=STARTED + lasted)
    text = text_of(alert)
    assert fits(text)
    assert text.startswith(PREFIX[event])
    assert event is AlertEvent.REMINDER or "24 Nov 08:12 UTC" in text


LINK = f"https://{'d' * 18}.com/a/{'x' * 14}"
"""Under a public URL of 30 characters."""


@pytest.mark.parametrize("event", [AlertEvent.DOWN, AlertEvent.DEGRADED, AlertEvent.REMINDER])
def test_a_name_of_40_characters_and_the_link_fit_into_one_segment(event: AlertEvent) -> None:
    alert = replace(
        of_event(event, name="n" * 40),
        acknowledge_link=LINK,
        time_zone="Asia/Kolkata",
        occurred_at=STARTED + timedelta(days=300),
    )
    text = text_of(alert)
    assert "n" * 40 in text
    assert text.endswith(f" {LINK}")
    assert segments(text) == 1
    assert "Answered 500" in text


SCRIPTS = st.sampled_from("aZ é€Шя店ع\u0301\u064b\u200f\u202e🛒👩\u200d💻ᄒ\n")


@given(name=st.text(SCRIPTS, min_size=1, max_size=120), cause=st.text(SCRIPTS, max_size=200))
def test_in_any_script_a_name_is_shortened_before_the_link_is_left_out(
    name: str, cause: str
) -> None:
    text = text_of(replace(outage(name=name, cause=cause), acknowledge_link=LINK))
    assert text.endswith(f" {LINK}")
    assert fits(text)
    text.encode("utf-16-le")
    assert not any(sign in text for sign in "\u200f\u202e\n")


@given(name=st.text(SCRIPTS, max_size=120), count=st.integers(2, 40), sent=st.integers(0, 20))
def test_a_digest_of_any_length_keeps_its_link(name: str, count: int, sent: int) -> None:
    parts = tuple(outage(name=f"{name}{number}") for number in range(count))
    alert = replace(
        of_event(AlertEvent.DIGEST), parts=parts, sent_before=sent, acknowledge_link=LINK
    )
    text = text_of(alert)
    assert text.endswith(f" {LINK}")
    assert fits(text)


def test_a_digest_says_how_many_it_does_not_name_and_leads_to_all() -> None:
    parts = tuple(outage(name=f"Shop in the city of {number}") for number in range(30))
    page = "https://d.example/incidents"
    alert = replace(of_event(AlertEvent.DIGEST), parts=parts, sent_before=10, page_link=page)
    text = text_of(alert)
    assert text.startswith("30 more alerts from Acme: 30 down. Down: Shop in the city of 0, Shop")
    assert re.search(r"\. And \d+ more\. https://d\.example/incidents$", text)


def test_an_outage_that_got_better_says_so_and_its_recovery_counts_all_of_it() -> None:
    eased = Outage(started_at=STARTED, down_for=timedelta(seconds=10))
    better = text_of(replace(of_event(AlertEvent.DEGRADED), outage=eased))
    assert better.startswith("BETTER, STILL DEGRADED: Shop, was down for 10 s.")
    ended_at = STARTED + timedelta(seconds=30)
    whole = replace(eased, ended_at=ended_at)
    over = text_of(replace(recovery(), ended_at=ended_at, is_degraded=True, outage=whole))
    assert "outage of 30 s from 24 Nov 08:12 UTC, down for 10 s." in over


def test_a_time_is_that_of_the_reader() -> None:
    assert "since 24 Nov 09:12 CET." in text_of(replace(outage(), time_zone="Europe/Berlin"))
