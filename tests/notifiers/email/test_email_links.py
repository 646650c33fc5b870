"""Links in mails: to confirm, to acknowledge, and to hear no more with one click."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from devstack.sinks.smtp import MailSink
from domain.alerting.alert import AlertEvent
from tests.notifiers.alerts import of_event, outage
from tests.notifiers.mails import TO_ANN, body, mails, notifier

UNSUBSCRIBE = "https://downtime.example/unsubscribe/" + "aB9-_." * 40
CONFIRM = "https://downtime.example/confirm/1"


@pytest.fixture
def sink(tmp_path: Path) -> Iterator[MailSink]:
    with MailSink(tmp_path / "mail") as running:
        yield running


def test_one_click_unsubscribes(sink: MailSink) -> None:
    notifier(sink.url).send(TO_ANN, replace(outage(), unsubscribe_link=UNSUBSCRIBE))
    (mail,) = mails(sink)
    # As it was sent: a link that is folded or encoded is none to a mail program.
    raw = next(sink.directory.glob("*.eml")).read_bytes()
    assert f"\r\nList-Unsubscribe: <{UNSUBSCRIBE}>\r\n".encode() in raw
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert body(mail, "plain").endswith(f"Unsubscribe: {UNSUBSCRIBE}\n")
    assert re.search(f'<a href="{UNSUBSCRIBE}"[^>]*>Unsubscribe</a>', body(mail, "html"))


def test_without_a_link_nothing_is_said_of_unsubscribing(sink: MailSink) -> None:
    notifier(sink.url).send(TO_ANN, outage())
    (mail,) = mails(sink)
    assert mail["List-Unsubscribe"] is None
    assert mail["List-Unsubscribe-Post"] is None


def test_a_link_with_line_breaks_forges_no_header(sink: MailSink) -> None:
    link = "https://x.example/\r\nBcc: eve@example.org"
    with pytest.raises(ValueError, match="linefeed"):
        notifier(sink.url).send(TO_ANN, replace(outage(), unsubscribe_link=link))
    assert mails(sink) == []


def test_who_hears_of_a_channel_that_ended_is_told_why_as_owner_or_as_contact(
    sink: MailSink,
) -> None:
    notice = of_event(AlertEvent.CHANNEL_DISABLED)
    for alert in (
        replace(notice, unsubscribe_link=""),
        replace(notice, unsubscribe_link=UNSUBSCRIBE),
    ):
        notifier(sink.url).send(TO_ANN, alert)
    to_owner, to_contact = (body(mail, "plain") for mail in mails(sink))
    assert "you own this organization." in to_owner
    assert "you are a contact of this organization." in to_contact


def test_links_can_be_followed(sink: MailSink) -> None:
    alert = replace(outage(), acknowledge_link="https://d.example/a?x=1&y=2")
    notifier(sink.url).send(TO_ANN, alert)
    (mail,) = mails(sink)
    assert '<a href="https://d.example/a?x=1&amp;y=2" ' in body(mail, "html")
    assert "Acknowledge: https://d.example/a?x=1&y=2\n" in body(mail, "plain")


def test_a_confirmation_says_that_nothing_happens_without_an_answer(sink: MailSink) -> None:
    notifier(sink.url).send(TO_ANN, of_event(AlertEvent.CONFIRM))
    text = body(mails(sink)[0], "plain")
    assert CONFIRM in text
    assert "If you do nothing, " in text
