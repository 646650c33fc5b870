"""Text messages over a real gateway, and what is made of each way to refuse one."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from devstack.sinks.sms import SmsSink
from domain.alerting.alert import AlertEvent
from notifiers.base import Destination, NotifierError
from notifiers.texts import sms
from notifiers.texts.account import Account
from notifiers.texts.sms import SmsNotifier, TwilioGateway
from tests.notifiers.alerts import OUTAGE_KEY, outage, recovery
from tests.notifiers.gateway import Gateway, http
from tests.notifiers.settings import settings

ANN = "+4915112345678"
TO_ANN = Destination(ANN)
TOKEN = "secret"
OK = '{"sid": "SM42", "status": "queued"}'
OPERATOR_CODES = [
    10001, 20003, 20005, 20404, 21210, 21212, 21215, 21219, 21408, 21603, 21606, 21608, 21659, 21660
]  # fmt: skip
OPERATOR_STATUSES = ["401 Unauthorized", "403 Forbidden", "404 Not Found"]


def notifier(url: str, *, seconds: float = 5, token: str = TOKEN) -> SmsNotifier:
    account = Account(url=url, account="AC1", token=token, sender="+15005550006")
    return SmsNotifier(TwilioGateway(account, seconds=seconds))


@pytest.fixture
def sink(tmp_path: Path) -> Iterator[SmsSink]:
    with SmsSink(tmp_path / "sms", account="AC1", token="secret") as running:
        yield running


def texts(sink: SmsSink) -> list[dict[str, Any]]:
    return [json.loads(file.read_text()) for file in sorted(sink.directory.glob("*.json"))]


def refusal(gateway: Gateway, *, seconds: float = 5) -> NotifierError:
    with gateway, pytest.raises(NotifierError) as caught:
        notifier(gateway.url, seconds=seconds).send(TO_ANN, outage())
    return caught.value


def test_an_outage_and_its_recovery_arrive(sink: SmsSink) -> None:
    reference = notifier(sink.url).send(TO_ANN, outage()).reference
    notifier(sink.url).send(TO_ANN, recovery())
    down, up = texts(sink)
    assert down["sid"] == reference
    assert (down["to"], down["from"]) == (ANN, "+15005550006")
    assert down["body"].startswith("DOWN: Shop since 24 Nov 08:12 UTC. Answered 500")
    assert up["body"].startswith("RECOVERED: Shop, ")
    assert "12 min from 24 Nov 08:12 UTC." in up["body"]


def test_the_deletion_of_a_monitor_that_is_down_is_told(sink: SmsSink) -> None:
    notifier(sink.url).send(TO_ANN, recovery(event=AlertEvent.ENDED))
    assert texts(sink)[0]["body"].startswith("DELETED: Shop, down since")


def test_invariant_4_each_attempt_has_the_same_idempotency_key(sink: SmsSink) -> None:
    for _ in range(2):
        notifier(sink.url).send(TO_ANN, outage())
    assert [text["idempotency_key"] for text in texts(sink)] == [OUTAGE_KEY, OUTAGE_KEY]


def test_the_request_is_one_that_twilio_takes() -> None:
    with Gateway(http("201 Created", OK)) as gateway:
        assert notifier(gateway.url + "/").send(TO_ANN, outage()).reference == "SM42"
    head = gateway.requests[0].decode()
    assert head.startswith("POST /2010-04-01/Accounts/AC1/Messages.json HTTP/1.1\r\n")
    assert "Authorization: Basic QUMxOnNlY3JldA==" in head
    assert "Content-Type: application/x-www-form-urlencoded" in head
    assert "From=%2B15005550006&To=%2B4915112345678&Body=DOWN%3A+Shop" in head


@pytest.mark.parametrize(
    "address", ["", "112", "ann@example.org", "+49 151 1234", ANN + "\n", ANN + "&To=+1", "\ud800"]
)
def test_what_is_not_a_number_is_refused_for_good_and_nothing_is_sent(
    sink: SmsSink, address: str
) -> None:
    with pytest.raises(NotifierError, match="not a phone number") as caught:
        notifier(sink.url).send(Destination(address), outage())
    assert caught.value.channel_gone
    assert texts(sink) == []


def test_a_wrong_token_is_the_operators_to_mend_and_is_tried_again(sink: SmsSink) -> None:
    with pytest.raises(NotifierError, match="refused this service") as caught:
        notifier(sink.url, token="wrong").send(TO_ANN, outage())
    assert not caught.value.permanent
    assert texts(sink) == []


def test_without_a_gateway_a_text_is_refused_for_good() -> None:
    with pytest.raises(NotifierError, match="no SMS gateway") as caught:
        sms.from_settings(settings()).send(TO_ANN, outage())
    assert caught.value.permanent


def test_the_settings_make_a_notifier_that_sends(sink: SmsSink) -> None:
    made = sms.from_settings(
        settings(
            sms_gateway_url=sink.url,
            sms_account="AC1",
            sms_token="secret",
            sms_sender="Downtime",
        )
    )
    made.send(TO_ANN, outage())
    assert texts(sink)[0]["from"] == "Downtime"


@pytest.mark.parametrize("code", [13224, 21211, 21214, 21217, 21265, 21610, 21614])
def test_a_refusal_of_the_number_is_final(code: int) -> None:
    body = json.dumps({"code": code, "message": "Not\r\na number", "status": 400})
    error = refusal(Gateway(http("400 Bad Request", body)))
    assert error.channel_gone
    assert str(error) == "The SMS gateway answered 400: Not a number"


def test_a_refusal_of_the_text_is_final_and_the_channel_goes_on() -> None:
    body = json.dumps({"code": 21617, "message": "The body is too long"})
    error = refusal(Gateway(http("400 Bad Request", body)))
    assert (error.permanent, error.channel_gone) == (True, False)


@pytest.mark.parametrize(
    ("status", "code"),
    [
        *(("400 Bad Request", code) for code in OPERATOR_CODES),
        # Whatever they mean by it, as others that speak the same may.
        *((status, code) for status in OPERATOR_STATUSES for code in (None, 21211, 99999)),
    ],
)
def test_a_refusal_of_the_account_or_the_sender_is_tried_again(
    status: str, code: int | None
) -> None:
    error = refusal(Gateway(http(status, json.dumps({"code": code, "message": "token secret"}))))
    assert (error.permanent, str(error)) == (False, "The SMS gateway refused this service.")


@pytest.mark.parametrize(
    ("header", "wait"),
    [
        ("120", 120), ("0", 0), ("", 0), ("-5", 0), ("1e9", 0), ("nan", 0), ("9" * 5000, 0),
        ("Tue, 24 Nov 2026 08:12:05 GMT", 0), ("\u0663", 0),
    ],
)  # fmt: skip
def test_too_many_requests_wait_as_long_as_asked(header: str, wait: float) -> None:
    answer = http("429 Too Many Requests", '{"code": 20429}', f"Retry-After: {header}")
    error = refusal(Gateway(answer))
    assert (error.permanent, error.retry_after) == (False, wait)


@pytest.mark.parametrize(
    "answer",
    [
        http("500 Internal Server Error", '{"code": 20500, "message": "oops"}'),
        http("500 Internal Server Error", OK),
        http("502 Bad Gateway", "<html>no</html>"),
        http("400 Bad Request", "<html>no</html>"),
        http("400 Bad Request", '{"code": "21211"}'),
        http("200 OK", "<html>Log in to this hotel's network</html>"),
        http("200 OK", "{}"),
        http("200 OK", '["sid"]'),
        http("200 OK", '{"sid": 7}'),
        http("200 OK", "[" * 60_000),
        http("200 OK", '{"sid": "SM' + "4" * 70_000 + '"}'),
        http("302 Found", "", "Location: http://127.0.0.1:1/"),
        b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{",
        b"\x00\xff garbage\r\n\r\n",
        b"",
    ],
)
def test_an_answer_that_makes_no_sense_is_tried_again(answer: bytes) -> None:
    error = refusal(Gateway(answer))
    assert not error.permanent
    assert len(str(error)) <= 200


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\n\r\n{"])
@pytest.mark.parametrize("how", ["hang", "drip"])
def test_a_gateway_that_never_comes_to_an_end_is_left_in_time(answer: bytes, how: str) -> None:
    begun = time.monotonic()
    error = refusal(Gateway(answer, hang=how == "hang", drip=how == "drip"), seconds=0.4)
    assert time.monotonic() - begun < 20
    assert not error.permanent


def test_a_gateway_that_is_not_there_is_tried_again() -> None:
    with pytest.raises(NotifierError) as caught:
        notifier("http://127.0.0.1:1").send(TO_ANN, outage())
    assert not caught.value.permanent
    assert str(caught.value) == "The SMS gateway sent an invalid answer."


def test_the_description_of_an_account_holds_no_token() -> None:
    account = Account(url="https://x.example", account="AC1", token="secret", sender="+1")
    assert "secret" not in repr(account)


def test_an_account_cannot_lead_elsewhere() -> None:
    with Gateway(http("201 Created", OK)) as gateway:
        account = Account(url=gateway.url, account="../../evil?", token="", sender="")
        SmsNotifier(TwilioGateway(account)).send(TO_ANN, outage())
    path = gateway.requests[0].decode().split(" ")[1]
    assert path == "/2010-04-01/Accounts/..%2F..%2Fevil%3F/Messages.json"
