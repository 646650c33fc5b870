"""The contract of every notifier: kinds, documents, and how each behaves when its server is gone."""

import subprocess
import sys

import pytest
from structlog.testing import capture_logs

from domain.alerting.alert import Alert
from notifiers.base import Destination, NotifierError
from notifiers.registry import KINDS, make
from tests.conftest import ROOT
from tests.notifiers.alerts import every_event, outage
from tests.notifiers.channels import channels
from tests.notifiers.gateway import Gateway, http
from tests.notifiers.settings import settings

NOWHERE = "http://127.0.0.1:1"
ALL = sorted(KINDS)
QUICK = sorted(set(ALL) - {"apprise"})
OF_PERSONS = {"email", "sms", "voice", "telegram"}


def at(url: str) -> dict[str, str]:
    return {
        "SMTP_URL": "smtp://127.0.0.1:1",
        "egress_policy": "any",
        "sms_gateway_url": url,
        "sms_account": "AC1",
        "sms_token": "very-secret",
        "sms_sender": "+15005550006",
        "telegram_url": url,
        "pagerduty_url": url,
    }


GONE = settings(**at(NOWHERE))
PUBLIC = settings(egress_policy="public")


def test_there_is_a_notifier_for_each_kind_of_channel() -> None:
    assert sorted(ALL) == sorted(channels(NOWHERE)) == sorted(KINDS)


def test_the_addresses_of_persons_are_to_be_confirmed() -> None:
    assert {kind for kind in ALL if KINDS[kind].needs_confirmation} == OF_PERSONS


@pytest.mark.parametrize("kind", ALL)
def test_each_kind_is_documented_in_one_row(kind: str) -> None:
    rows = (ROOT / "docs" / "reference" / "notifiers.md").read_text().splitlines()
    assert len([row for row in rows if row.startswith(f"| `{kind}` |")]) == 1


@pytest.mark.parametrize("kind", QUICK)
@pytest.mark.parametrize("alert", every_event(), ids=lambda alert: alert.event)
def test_a_provider_that_is_gone_is_a_temporary_failure_in_harmless_words(
    kind: str, alert: Alert
) -> None:
    with capture_logs() as logs, pytest.raises(NotifierError) as caught:
        make(kind, GONE).send(channels(NOWHERE)[kind], alert)
    assert not caught.value.permanent
    notified = f"{caught.value} {logs}"
    assert not any(word in notified for word in ("127.0.0.1", "secret", "Traceback"))


@pytest.mark.parametrize("kind", sorted(set(QUICK) - {"email"}))
@pytest.mark.parametrize(
    "answer",
    [
        http("500 Internal Server Error", '{"error": "oops"}'),
        http("502 Bad Gateway", "<html>no</html>"),
        http("302 Found", "", "Location: http://127.0.0.1:1/"),
        http("418 I'm a teapot", "[" * 60_000),
        http("500 Internal Server Error", "x" * 70_000),
        b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{",
        b"\x00\xff garbage\r\n\r\n",
        b"",
    ],
    ids=range(8),
)
def test_an_answer_that_makes_no_sense_is_tried_again(kind: str, answer: bytes) -> None:
    with Gateway(answer) as server, pytest.raises(NotifierError) as caught:
        make(kind, settings(**at(server.url))).send(channels(server.url)[kind], outage())
    assert not caught.value.permanent
    assert len(str(caught.value)) <= 200
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("kind", sorted(set(QUICK) - {"email"}))
def test_a_provider_that_asks_to_wait_is_given_the_time(kind: str) -> None:
    answer = http("429 Too Many Requests", "{}", "Retry-After: 120")
    with Gateway(answer) as server, pytest.raises(NotifierError) as caught:
        make(kind, settings(**at(server.url))).send(channels(server.url)[kind], outage())
    assert (caught.value.permanent, caught.value.retry_after) == (False, 120)


@pytest.mark.parametrize("kind", ALL)
@pytest.mark.parametrize("address", ["", "\r\n", "x" * 1000, "\ud800"])
def test_no_address_makes_a_notifier_break(kind: str, address: str) -> None:
    channel = Destination(address, {"url": address} if kind not in OF_PERSONS else {})
    with pytest.raises(NotifierError):
        make(kind, GONE).send(channel, outage())


@pytest.mark.parametrize("kind", ALL)
def test_a_destination_shows_none_of_its_settings(kind: str) -> None:
    assert "secret" not in repr(channels("https://x.example/very-secret")[kind])


@pytest.mark.parametrize("kind", ["webhook", "slack", "teams", "discord"])
@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://hooks.example/x", "Must begin with https://."),
        ("https://127.0.0.1/x", "This service may not connect to this address."),
        ("https://[::1]/x", "This service may not connect to this address."),
        ("https://169.254.169.254/x", "This service may not connect to this address."),
        ("https://2130706433/x", "This service may not connect to this address."),
        ("https://db.internal/x", "This name does not belong to the public internet."),
        ("https://hooks.example:5432/x", "This service may not connect to that port."),
    ],
)
def test_nothing_is_sent_into_private_space(kind: str, url: str, words: str) -> None:
    channel = channels(url.removesuffix("/x"))[kind]
    with pytest.raises(NotifierError) as caught:
        make(kind, PUBLIC).send(channel, outage())
    assert words in str(caught.value)
    assert not caught.value.permanent


@pytest.mark.parametrize(
    "wrong",
    [
        {"SMTP_URL": "http://ann:very-secret@mail.example"},
        {"SMTP_URL": "smtp://ann:very-secret@mail.example?cafile=/nowhere.pem"},
        {"mail_sender": "nobody"},
    ],
)
def test_settings_that_cannot_be_used_are_told_to_the_operator_alone(
    wrong: dict[str, str],
) -> None:
    with capture_logs() as logs, pytest.raises(NotifierError) as caught:
        make("email", settings(**wrong))
    assert (str(caught.value), caught.value.permanent) == (
        "This service is not set up to send this.",
        False,
    )
    assert [entry["event"] for entry in logs] == ["notifier_not_set_up"]
    assert "very-secret" not in str(logs)


def test_a_kind_that_only_a_newer_version_knows_is_tried_again() -> None:
    with pytest.raises(NotifierError) as caught:
        make("pigeon", GONE)
    assert not caught.value.permanent


def test_settings_that_only_a_newer_version_can_read_are_tried_again() -> None:
    channel = Destination("slack", {"url": "https://x.example/y", "colour": "blue"})
    with pytest.raises(NotifierError) as caught:
        make("slack", GONE).send(channel, outage())
    assert not caught.value.permanent


def test_who_only_asks_for_the_kinds_does_not_load_apprise() -> None:
    code = "import notifiers.registry, sys; print('apprise' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, cwd=ROOT)
    assert done.stdout.split() == [b"False"]
