"""Email over real conversations: what arrives, and what is made of each way to refuse it."""

import re
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from devstack.sinks.smtp import MailSink
from domain.alerting.alert import Alert, AlertEvent
from notifiers.base import Destination, NotifierError
from notifiers.email import email
from notifiers.wording import wording
from tests.notifiers.alerts import (
    OUTAGE_KEY,
    RECOVERY_KEY,
    WHY,
    every_event,
    of_event,
    outage,
    recovery,
)
from tests.notifiers.mail_server import CLOSE, CLOSE_IN_MESSAGE, DRIP, HANG, MailServer
from tests.notifiers.mails import ANN, TO_ANN, body, mails, notifier
from tests.notifiers.settings import settings


@pytest.fixture
def sink(tmp_path: Path) -> Iterator[MailSink]:
    with MailSink(tmp_path / "mail") as running:
        yield running


def refusal(url: str, *, address: str = ANN, seconds: float = 5) -> NotifierError:
    with pytest.raises(NotifierError) as caught:
        notifier(url, seconds=seconds).send(Destination(address), outage())
    return caught.value


def test_an_outage_arrives_with_all_there_is_to_say(sink: MailSink) -> None:
    reference = notifier(sink.url).send(TO_ANN, outage()).reference
    (mail,) = mails(sink)
    assert reference == "OK: kept"
    assert (mail["Subject"], mail["To"]) == (f"DOWN: Shop {WHY}", ANN)
    assert mail["From"] == "Downtime Monitor <alerts@downtime.example>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Date"].datetime.tzinfo is not None
    for kind in ("plain", "html"):
        assert "Answered 500 Internal Server Error, expected 200-299." in body(mail, kind)
        assert "2026-11-24 08:12:05 UTC" in body(mail, kind)
        assert "https://shop.example/" in body(mail, kind)
    assert body(mail, "plain").startswith(f"{wording(outage()).sentence}\n")


def test_no_cell_of_a_mail_is_wider_than_a_telephone(sink: MailSink) -> None:
    notifier(sink.url).send(TO_ANN, outage())
    cells = re.findall("<td[^>]*>", body(mails(sink)[0], "html"))
    assert cells
    assert all("word-break:break-word" in cell for cell in cells)


def test_the_footer_is_true_also_for_who_is_told_by_a_policy_alone(sink: MailSink) -> None:
    notifier(sink.url).send(TO_ANN, outage())
    (mail,) = mails(sink)
    for kind in ("plain", "html"):
        assert "you are a contact for this monitor" in body(mail, kind)


def test_the_recovery_says_how_long_it_lasted_and_hangs_under_the_outage(sink: MailSink) -> None:
    for alert in (outage(), recovery()):
        notifier(sink.url).send(TO_ANN, alert)
    down, up = mails(sink)
    assert up["Subject"].startswith("Recovered: Shop ")
    assert "12 min" in up["Subject"]
    assert body(up, "plain").startswith(f"{wording(recovery()).sentence}\n")
    assert down["Message-ID"] == f"<{OUTAGE_KEY}@downtime.example>"
    assert up["Message-ID"] == f"<{RECOVERY_KEY}@downtime.example>"
    assert up["In-Reply-To"] == up["References"] == down["Message-ID"]
    assert down["In-Reply-To"] is None


def test_the_deletion_of_a_monitor_that_is_down_is_told(sink: MailSink) -> None:
    notifier(sink.url).send(TO_ANN, recovery(event=AlertEvent.ENDED))
    (mail,) = mails(sink)
    assert mail["Subject"] == wording(recovery(event=AlertEvent.ENDED)).subject
    assert "No recovery" in body(mail, "plain")


def test_invariant_4_each_attempt_has_the_same_message_id(sink: MailSink) -> None:
    for _ in range(2):
        notifier(sink.url).send(TO_ANN, outage())
    first, second = mails(sink)
    assert first["Message-ID"] == second["Message-ID"]


@pytest.mark.abuse(67)
@pytest.mark.parametrize(
    "name",
    [
        "Shop\r\nBcc: eve@example.org",
        "Shop\nSubject: other",
        "Shop\r\n\r\nAll is well.",
        "Shop\x00\x0b\x0c\x85\u2028Bcc: eve@example.org",
    ],
)
def test_a_name_with_line_breaks_forges_no_header(sink: MailSink, name: str) -> None:
    notifier(sink.url).send(TO_ANN, outage(name=name))
    (mail,) = mails(sink)
    assert mail["Bcc"] is None
    assert mail["Subject"].startswith("DOWN: Shop ")
    assert mail.get_all("Subject") == [mail["Subject"]]
    assert mail.get_all("X-Envelope-To") == [ANN]
    assert "expected 200-299" in body(mail, "plain")


@pytest.mark.parametrize("name", ["Bäckerei Müller", "店 🛒", "Магазин", "x" * 5000])
def test_any_name_can_be_told(sink: MailSink, name: str) -> None:
    notifier(sink.url).send(TO_ANN, outage(name=name))
    (mail,) = mails(sink)
    assert mail["Subject"].strip() == f"DOWN: {name[:100]} {WHY}"
    assert name in body(mail, "plain")


def test_marks_that_turn_the_reading_order_are_taken_out(sink: MailSink) -> None:
    notifier(sink.url).send(TO_ANN, outage(name="Shop\u202egpj.exe\u2066 \ud800"))
    (mail,) = mails(sink)
    assert mail["Subject"].strip() == f"DOWN: Shop gpj.exe {WHY}"


def test_names_causes_and_addresses_are_text_in_the_html(sink: MailSink) -> None:
    evil = "<script>alert('x')</script>"
    notifier(sink.url).send(TO_ANN, outage(name=evil, cause=evil, url=f"https://x/?{evil}"))
    html = body(mails(sink)[0], "html")
    assert "<script>" not in html
    assert html.count("&lt;script&gt;") == 5  # title with the cause, sentence and two facts


def test_a_line_that_is_a_dot_does_not_end_the_message(sink: MailSink) -> None:
    notifier(sink.url).send(TO_ANN, outage(cause="."))
    assert "-- " in body(mails(sink)[0], "plain")


@pytest.mark.parametrize(
    "address",
    ["", "ann", "@example.org", "ann@", "a@b, eve@example.org", "a@b.org\r\nRCPT TO:<eve@b.org>",
     "a b@example.org", "<ann@example.org>", "jürgen@example.org", "ann@" + "ü" * 300],
)  # fmt: skip
def test_what_is_not_an_address_is_refused_for_good_and_nothing_is_sent(
    sink: MailSink, address: str
) -> None:
    assert refusal(sink.url, address=address).permanent
    assert mails(sink) == []


def test_a_domain_in_unicode_is_written_in_ascii(sink: MailSink) -> None:
    notifier(sink.url).send(Destination("ann@bücher.example"), outage())
    assert mails(sink)[0]["X-Envelope-To"] == "ann@xn--bcher-kva.example"


def test_a_domain_with_a_sharp_s_is_not_taken_for_one_with_two(sink: MailSink) -> None:
    notifier(sink.url).send(Destination("ann@straße.example"), outage())
    assert mails(sink)[0]["X-Envelope-To"] == "ann@xn--strae-oqa.example"


@pytest.mark.parametrize("alert", every_event(), ids=lambda alert: alert.event)
def test_every_event_can_be_mailed(sink: MailSink, alert: Alert) -> None:
    notifier(sink.url).send(TO_ANN, alert)
    (mail,) = mails(sink)
    assert mail["Subject"]
    assert len(body(mail, "plain")) > 50
    assert "<html" in body(mail, "html")


def test_a_reminder_hangs_under_the_outage_too(sink: MailSink) -> None:
    reminder = replace(of_event(AlertEvent.REMINDER), key=RECOVERY_KEY)
    notifier(sink.url).send(TO_ANN, reminder)
    assert mails(sink)[0]["In-Reply-To"] == f"<{OUTAGE_KEY}@downtime.example>"


@pytest.mark.parametrize("command", ["MAIL", "RCPT", "DATA", "MESSAGE"])
def test_a_5xx_is_final_and_is_shown(command: str) -> None:
    with MailServer({command: "550 5.1.1 no such user"}) as server:
        error = refusal(server.url)
    assert error.permanent
    assert str(error) == "The mail server answered 550 5.1.1 no such user"


@pytest.mark.parametrize("command", ["MAIL", "RCPT", "DATA", "MESSAGE"])
def test_greylisting_is_tried_again(command: str) -> None:
    with MailServer({command: "451 4.7.1 greylisted, try later"}) as server:
        error = refusal(server.url)
    assert not error.permanent
    assert "451" in str(error)


@pytest.mark.parametrize("command", ["GREETING", "EHLO", "MAIL", "RCPT", "DATA", "MESSAGE"])
def test_a_server_that_closes_is_tried_again(command: str) -> None:
    with MailServer({command: CLOSE, "HELO": CLOSE}) as server:
        assert not refusal(server.url).permanent


def test_a_server_that_hangs_up_in_the_middle_of_the_message_is_tried_again() -> None:
    with MailServer({"DATA": CLOSE_IN_MESSAGE}) as server:
        error = refusal(server.url)
    assert (error.permanent, str(error)) == (
        False,
        "The mail server broke off the conversation or did not answer in time.",
    )


@pytest.mark.parametrize("how", [HANG, DRIP])
@pytest.mark.parametrize("command", ["GREETING", "RCPT", "MESSAGE"])
def test_a_server_that_never_comes_to_an_end_is_left_in_time(command: str, how: str) -> None:
    with MailServer({command: how}) as server:
        begun = time.monotonic()
        error = refusal(server.url, seconds=0.4)
        assert time.monotonic() - begun < 20
    assert not error.permanent


@pytest.mark.parametrize(
    "answers",
    [
        {"GREETING": "554 go away"},
        {"GREETING": "this is no mail server"},
        {"EHLO": "550 not you", "HELO": "550 not you"},
        {"MAIL": "250\r\nnonsense without a code"},
        {"MESSAGE": "2" * 10_000},
        {"MAIL": "530 5.7.0 authentication required"},
        {"RCPT": "421 closing"},
    ],
)
def test_trouble_that_is_not_about_the_message_is_tried_again(answers: dict[str, str]) -> None:
    with MailServer(answers) as server:
        assert not refusal(server.url).permanent


def test_a_server_that_cannot_take_leave_has_still_accepted() -> None:
    with MailServer({"QUIT": CLOSE}) as server:
        assert notifier(server.url).send(TO_ANN, outage()).reference == "queued as 42"
    assert server.commands == ["EHLO", "MAIL", "RCPT", "DATA", ".", "QUIT"]


def test_what_the_server_answers_is_kept_to_one_short_line() -> None:
    with MailServer({"RCPT": "550-first\r\n550 " + "x" * 400}) as server:
        error = str(refusal(server.url))
    assert error.startswith("The mail server answered 550 first xxx")
    assert len(error) == 200


@pytest.mark.parametrize("url", ["smtp://127.0.0.1:1", "smtp://nonexistent.invalid:25"])
def test_a_server_that_is_not_there_is_tried_again(url: str) -> None:
    error = refusal(url)
    assert not error.permanent
    assert str(error) == "The mail server could not be reached."


def test_the_settings_make_a_notifier_that_sends(sink: MailSink) -> None:
    made = email.from_settings(
        settings(SMTP_URL=sink.url, mail_sender="Ops, Inc. <ops@bücher.example>")
    )
    made.send(TO_ANN, outage())
    assert mails(sink)[0]["From"] == '"Ops, Inc." <ops@xn--bcher-kva.example>'


@pytest.mark.parametrize("sender", ["nobody", "", "Nobody <>"])
def test_a_sender_that_is_no_address_makes_no_notifier(sender: str) -> None:
    with pytest.raises(ValueError, match="not an email address"):
        email.from_settings(settings(mail_sender=sender))
