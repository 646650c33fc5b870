"""The sinks: what they keep, what they refuse, and that they run as processes of their own."""

import gc
import json
import signal
import smtplib
import socket
import subprocess
import sys
import time
import warnings
from collections.abc import Iterator
from dataclasses import replace
from email import message_from_bytes
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest

from devstack.sinks.inbox import keep
from devstack.sinks.sms import SmsSink
from devstack.sinks.smtp import MailSink
from domain.alerting.alert import AlertEvent
from notifiers.base import Destination
from notifiers.texts.account import Account
from notifiers.texts.voice import VoiceNotifier, spoken
from tests.conftest import ROOT
from tests.notifiers.alerts import of_event, outage

MESSAGES = "/2010-04-01/Accounts/AC1/Messages.json"
CALLS = "/2010-04-01/Accounts/AC1/Calls.json"
RIGHT = "Basic QUMxOnNlY3JldA=="
TEXT = {"To": "+4915112345678", "From": "+15005550006", "Body": "DOWN Shop äöü 🛒"}
MAIL = b"From: a@b.org\r\nTo: c@d.org\r\nSubject: Hi\r\n\r\nHello\r\n"


@pytest.fixture
def sms(tmp_path: Path) -> Iterator[SmsSink]:
    with SmsSink(tmp_path / "inbox" / "sms", account="AC1", token="secret") as sink:
        yield sink


@pytest.fixture
def mail(tmp_path: Path) -> Iterator[MailSink]:
    with MailSink(tmp_path / "inbox" / "mail") as sink:
        yield sink


def ask(
    sink: SmsSink, method: str, path: str = MESSAGES, *, body: str = "", **headers: str
) -> tuple[int, Any]:
    connection = HTTPConnection(sink.host, sink.port, timeout=5)
    try:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, body.encode(), named)
        response: HTTPResponse = connection.getresponse()
        return response.status, json.loads(response.read())
    finally:
        connection.close()


def post(sink: SmsSink, form: dict[str, str], **headers: str) -> tuple[int, Any]:
    return ask(sink, "POST", body=urlencode(form), **({"Authorization": RIGHT} | headers))


def test_what_is_kept_is_whole_and_sorted_by_time(tmp_path: Path) -> None:
    for number in range(20):
        keep(tmp_path / "new", ".txt", str(number).encode())
    files = sorted((tmp_path / "new").iterdir())
    assert [file.read_text() for file in files] == [str(number) for number in range(20)]
    assert all(file.suffix == ".txt" for file in files)


def test_a_mail_is_kept_as_it_came_with_whom_it_was_for(mail: MailSink) -> None:
    with smtplib.SMTP(mail.host, mail.port, timeout=5) as client:
        client.sendmail("a@b.org", ["c@d.org", "e@f.org"], MAIL)
    (file,) = mail.directory.iterdir()
    kept = message_from_bytes(file.read_bytes())
    assert kept.get_all("X-Envelope-To") == ["c@d.org", "e@f.org"]
    assert file.read_bytes().endswith(MAIL)


def test_mails_that_come_together_are_all_kept(mail: MailSink) -> None:
    clients = [smtplib.SMTP(mail.host, mail.port, timeout=5) for _ in range(8)]
    for client in clients:
        client.sendmail("a@b.org", ["c@d.org"], MAIL)
    for client in clients:
        client.quit()
    assert len(list(mail.directory.iterdir())) == 8


def test_a_mail_that_is_broken_off_is_not_kept(mail: MailSink) -> None:
    with smtplib.SMTP(mail.host, mail.port, timeout=5) as client:
        client.mail("a@b.org")
        client.rcpt("c@d.org")
        client.docmd("DATA")
        client.send(b"Subject: half\r\n")
        client.close()
    with smtplib.SMTP(mail.host, mail.port, timeout=5) as client:
        client.sendmail("a@b.org", ["c@d.org"], MAIL)
    (file,) = mail.directory.iterdir()
    assert b"half" not in file.read_bytes()


def test_a_mail_that_is_too_large_is_not_kept(mail: MailSink) -> None:
    with (
        smtplib.SMTP(mail.host, mail.port, timeout=5) as client,
        pytest.raises(smtplib.SMTPResponseException),
    ):
        client.sendmail("a@b.org", ["c@d.org"], MAIL + b"x\r\n" * 1_000_000)
    assert not mail.directory.exists()


def test_what_was_accepted_this_moment_is_closed_with_the_sink(tmp_path: Path) -> None:
    for _ in range(10):
        with warnings.catch_warnings(record=True) as notified:
            warnings.simplefilter("always")
            with MailSink(tmp_path) as sink:
                place = (sink.host, sink.port)
                clients = [socket.create_connection(place, 5) for _ in range(5)]
            for client in clients:
                client.close()
            gc.collect()
        assert [str(each.message) for each in notified] == []


def test_a_port_that_is_taken_is_said(mail: MailSink, tmp_path: Path) -> None:
    with pytest.raises(OSError, match="in use"), MailSink(tmp_path, port=mail.port):
        pass
    with pytest.raises(OSError, match="in use"):
        SmsSink(tmp_path, account="AC1", token="secret", port=mail.port)


def test_a_text_is_kept_and_listed(sms: SmsSink) -> None:
    status, answer = post(sms, TEXT, Idempotency_Key="key-1")
    assert (status, answer["status"]) == (201, "queued")
    (file,) = sms.directory.iterdir()
    kept = json.loads(file.read_text())
    assert (kept["to"], kept["from"], kept["body"]) == tuple(TEXT.values())
    assert (kept["idempotency_key"], kept["sid"]) == ("key-1", answer["sid"])
    assert ask(sms, "GET", Authorization=RIGHT) == (200, {"messages": [kept]})


def test_a_call_is_kept_as_what_is_said_and_where_the_key_is_posted(sms: SmsSink) -> None:
    account = Account(url=sms.url, account="AC1", token="secret", sender="+15005550006")
    link = "https://downtime.example/links/confirm/x?a=1&b=2"
    notifier = VoiceNotifier(account)
    for alert in (outage(), replace(of_event(AlertEvent.CONFIRM), confirm_link=link)):
        notifier.send(Destination("+4915112345678"), alert)
    asked, notified = sms.messages()
    assert notified["body"] == spoken(outage())
    assert "press 1" in asked["body"]
    assert (asked["pressed"], asked["to"]) == (link, "+4915112345678")
    assert asked["sid"].startswith("CA")
    assert "pressed" not in notified


def test_a_call_that_says_nothing_is_refused(sms: SmsSink) -> None:
    status, answer = ask(sms, "POST", CALLS, body=urlencode(TEXT), Authorization=RIGHT)
    assert (status, answer["code"]) == (400, 21205)
    assert not sms.directory.exists()


def test_texts_are_listed_newest_first_repeats_included(sms: SmsSink) -> None:
    for body in ("one", "two", "two"):
        post(sms, TEXT | {"Body": body}, Idempotency_Key=body)
    _, answer = ask(sms, "GET", Authorization=RIGHT)
    assert [message["body"] for message in answer["messages"]] == ["two", "two", "one"]


@pytest.mark.parametrize("authorization", ["", "Basic", "Basic QUMxOndyb25n", "Bearer x", "\xff"])
def test_without_the_right_token_nothing_is_kept_or_shown(sms: SmsSink, authorization: str) -> None:
    status, answer = post(sms, TEXT, Authorization=authorization)
    assert (status, answer["code"]) == (401, 20003)
    assert ask(sms, "GET", Authorization=authorization)[0] == 401
    assert not sms.directory.exists()


@pytest.mark.parametrize(
    ("form", "code"),
    [
        ({}, 21604),
        ({"To": TEXT["To"]}, 21603),
        ({"To": TEXT["To"], "From": TEXT["From"]}, 21602),
        (TEXT | {"To": "112"}, 21211),
        (TEXT | {"To": "+49 151 12345678"}, 21211),
        (TEXT | {"Body": "x" * 1601}, 21617),
        (TEXT | {"Body": "x" * 100_000}, 21604),
    ],
)
def test_a_text_that_twilio_would_refuse_is_refused(
    sms: SmsSink, form: dict[str, str], code: int
) -> None:
    status, answer = post(sms, form)
    assert (status, answer["code"], answer["status"]) == (400, code, 400)
    assert not sms.directory.exists()


@pytest.mark.parametrize("path", ["/", "/2010-04-01/Accounts/AC2/Messages.json"])
def test_other_paths_are_not_there(sms: SmsSink, path: str) -> None:
    assert ask(sms, "GET", path, Authorization=RIGHT)[0] == 404
    assert ask(sms, "POST", path, Authorization=RIGHT)[0] == 404


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("name", ["smtp", "sms"])
def test_a_sink_runs_as_a_process_with_the_settings_of_the_stack(
    tmp_path: Path, name: str, ending: signal.Signals
) -> None:
    port = free_port()
    environment = {
        "DOWNTIME_JWT_PRIVATE_KEY": "none",
        "DATABASE_URL": "none",
        "REDIS_URL": "none",
        "DOWNTIME_VAR_DIR": str(tmp_path),
        "DOWNTIME_SMS_ACCOUNT": "AC1",
        "DOWNTIME_SMS_TOKEN": "secret",
    }
    command = [sys.executable, "-m", f"devstack.sinks.{name}", "--port", str(port)]
    with subprocess.Popen(command, cwd=ROOT, env=environment) as process:
        try:
            _deliver(name, port)
        finally:
            process.send_signal(ending)
        assert process.wait(10) == 0
    directory = tmp_path / "inbox" / {"smtp": "mail", "sms": "sms"}[name]
    assert len(list(directory.iterdir())) == 1


def _deliver(name: str, port: int) -> None:
    _await(port)
    if name == "smtp":
        with smtplib.SMTP("127.0.0.1", port, timeout=5) as client:
            client.sendmail("a@b.org", ["c@d.org"], MAIL)
        return
    connection = HTTPConnection(urlsplit(f"//127.0.0.1:{port}").netloc, timeout=5)
    connection.request("POST", MESSAGES, urlencode(TEXT), {"Authorization": RIGHT})
    assert connection.getresponse().status == 201
    connection.close()


def _await(port: int) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        else:
            return
