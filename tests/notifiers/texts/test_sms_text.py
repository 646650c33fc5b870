"""Texts fit into two segments, whatever the names and causes in them."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.alerting.alert import ACKNOWLEDGED_BY, Alert, AlertEvent
from notifiers.texts.sms_text import fits, is_gsm, segments, text_of
from tests.notifiers.alerts import STARTED, every_event, of_event, outage, recovery

PREFIX = {
    AlertEvent.DOWN: "DOWN: ",
    AlertEvent.DEGRADED: "DEGRADED: ",
    AlertEvent.REMINDER: "STILL DOWN: ",
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
    assert text.endswith("...")
    assert 290 < len(text) <= 306


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


def test_a_link_to_acknowledge_with_comes_before_the_cause() -> None:
    alert = replace(outage(cause="because " * 60), acknowledge_link="https://d.example/a/1")
    text = text_of(alert)
    assert "UTC. https://d.example/a/1 because" in text
    assert fits(text)


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
    assert "24 Nov 08:12 UTC" in text
