"""Messages in an organization's own words, as each kind of channel shows them."""

import json
from dataclasses import replace
from datetime import timedelta
from email.headerregistry import Address

import pytest

from domain.alerting.alert import Alert, Rendered
from notifiers.chat import discord, slack, teams, telegram
from notifiers.email.message import compose
from notifiers.preview import preview
from notifiers.registry import KINDS
from notifiers.texts.segments import segments
from notifiers.texts.sms_text import text_of
from notifiers.texts.voice import spoken
from notifiers.wording import lateness, wording
from tests.notifiers.alerts import outage

WORDS = Rendered(subject="Shop is closed", text="Customers see 500.\nCall <Bob> *now*.")


def own(words: Rendered = WORDS) -> Alert:
    return replace(
        outage(),
        rendered=words,
        acknowledge_link="https://d.example/a",
        unsubscribe_link="https://d.example/u",
    )


def parts_of(alert: Alert) -> tuple[str, str, str]:
    mail = compose(
        alert, sender=Address("", "a", "d.example"), recipient=Address("", "b", "d.example")
    )
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text is not None
    assert html is not None
    return str(mail["Subject"]), text.get_content(), html.get_content()


def test_a_mail_says_the_text_and_keeps_links_and_footer() -> None:
    subject, text, html = parts_of(own())
    assert subject == "Shop is closed"
    assert text.startswith("Customers see 500.\nCall <Bob> *now*.\n\n")
    assert "Call &lt;Bob&gt; *now*." in html
    for shown in (text, html):
        assert "expected 200-299" not in shown
        assert "https://d.example/a" in shown
        assert "https://d.example/u" in shown


def test_a_mail_shows_html_of_its_own_and_keeps_links_and_footer() -> None:
    _, text, html = parts_of(own(Rendered(html="<h1>Closed</h1>")))
    assert wording(outage()).sentence in text
    assert "<div><h1>Closed</h1></div>" in html
    assert "Answered 500" not in html
    assert "https://d.example/a" in html
    assert "https://d.example/u" in html


@pytest.mark.parametrize("words", [WORDS, Rendered(html="<p>x</p>")])
def test_a_message_that_was_held_up_says_so_whoever_worded_it(words: Rendered) -> None:
    late = replace(own(words), late_by=timedelta(minutes=7))
    _, text, html = parts_of(late)
    assert "7 min" in lateness(late)
    assert lateness(late) in text
    assert lateness(late) in html


def test_a_text_message_is_the_text_and_the_way_to_acknowledge() -> None:
    assert text_of(own()) == "Customers see 500.\nCall <Bob> *now*. https://d.example/a"


@pytest.mark.parametrize(
    "text", ["x" * 60_000, "ü\u20ac" * 500, "\u0416" * 200, "\U0001f600" * 300]
)
def test_a_long_text_message_is_cut_to_two_segments(text: str) -> None:
    sent = text_of(own(Rendered(text=text)))
    assert segments(sent) == 2
    assert sent.endswith("... https://d.example/a")


def test_a_call_reads_the_text_on_one_line() -> None:
    assert spoken(own()) == "Customers see 500. Call <Bob> *now*."


def test_chats_show_the_text_without_reading_markup_in_it() -> None:
    words = wording(own())
    assert slack.message(words)["blocks"][1]["text"]["text"].startswith("Customers see 500.\nCall")
    assert r"Call \<Bob\> \*now\*." in discord.message(words)["embeds"][0]["description"]
    assert "Call &lt;Bob&gt; *now*." in telegram.text_of(words)
    shown = json.dumps(teams.message(words))
    assert '"Customers see 500."' in shown
    assert '"Call <Bob> *now*."' in shown


def test_a_text_of_any_length_fits_into_every_chat() -> None:
    words = wording(own(Rendered(subject="*" * 200, text="*<&" * 20_000)))
    embed = discord.message(words)["embeds"][0]
    assert len(embed["description"]) <= 4096
    assert len(json.dumps(embed)) <= 6000
    assert len(json.dumps(teams.message(words))) <= 28_000
    assert len(slack.message(words)["blocks"][1]["text"]["text"]) <= 3000
    assert len(telegram.text_of(words).replace("&lt;", "<").replace("&amp;", "&")) <= 4096


def test_a_webhook_without_a_body_of_its_own_says_the_text_in_the_usual_form() -> None:
    shown = json.loads(preview("webhook", own()).body or "")
    assert shown["data"]["subject"] == "Shop is closed"
    assert shown["data"]["text"].startswith("Customers see 500.")
    assert shown["data"]["detail"].startswith("Answered 500")


def test_a_preview_is_what_a_kind_sends() -> None:
    alert = own(replace(WORDS, body='{"a": 1}'))
    mail = preview("email", alert)
    assert (mail.subject, mail.text, mail.html) == parts_of(alert)
    sms = preview("sms", alert)
    assert (sms.text, sms.segments) == (text_of(alert), 1)
    assert preview("webhook", alert).body == '{"a": 1}'
    assert preview("voice", alert).text == spoken(alert)


@pytest.mark.parametrize("kind", list(KINDS))
def test_every_kind_has_a_preview_of_the_usual_words(kind: str) -> None:
    shown = preview(kind, outage())
    assert "Shop" in (shown.text or shown.body or "")
