"""Texts through a gateway that speaks as Vonage does."""

import json
from urllib.parse import parse_qs

import pytest

from notifiers.base import Destination, NotifierError
from notifiers.texts import sms
from notifiers.texts.account import Account
from notifiers.texts.sms import SmsNotifier
from notifiers.texts.vonage import VonageGateway
from tests.notifiers.alerts import OUTAGE_KEY, outage
from tests.notifiers.gateway import Gateway, http
from tests.notifiers.settings import settings

ANN = Destination("+4915112345678")


def answer(*statuses: str, words: str = "oops") -> bytes:
    parts = [{"status": each, "message-id": f"id{n}", "error-text": words} for n, each in enumerate(statuses)]  # fmt: skip
    return http("200 OK", json.dumps({"message-count": str(len(parts)), "messages": parts}))


def send(said: bytes, *, name: str = "Shop") -> tuple[str | None, dict[str, list[str]]]:
    with Gateway(said) as gateway:
        account = Account(url=f"{gateway.url}/", account="key", token="secret", sender="Downtime")
        reference = (
            SmsNotifier(VonageGateway(account, seconds=5)).send(ANN, outage(name=name)).reference
        )
    assert gateway.requests[0].startswith(b"POST /sms/json HTTP/1.1\r\n")
    return reference, parse_qs(gateway.requests[0].partition(b"\r\n\r\n")[2].decode())


def refusal(said: bytes) -> NotifierError:
    with pytest.raises(NotifierError) as caught:
        send(said)
    assert "secret" not in str(caught.value)
    return caught.value


def test_an_outage_arrives() -> None:
    reference, form = send(answer("0"))
    assert reference == "id0"
    assert (form["to"], form["from"], form["type"]) == (["4915112345678"], ["Downtime"], ["text"])
    assert (form["api_key"], form["api_secret"]) == (["key"], ["secret"])
    assert form["client-ref"] == [OUTAGE_KEY]
    assert form["text"][0].startswith("DOWN: Shop since")


def test_a_name_in_another_script_is_sent_as_unicode() -> None:
    assert send(answer("0"), name="Магазин")[1]["type"] == ["unicode"]


def test_a_text_of_several_segments_is_accepted_when_all_of_them_are() -> None:
    assert send(answer("0", "0"))[0] == "id0"
    assert not refusal(answer("0", "5")).permanent


@pytest.mark.parametrize("status", [0, "0"])
def test_a_status_may_be_a_number(status: object) -> None:
    said = {"messages": [{"status": status, "message-id": "id0"}]}
    assert send(http("200 OK", json.dumps(said)))[0] == "id0"


@pytest.mark.parametrize("status", ["6", "7", "33"])
def test_a_number_that_cannot_be_reached_ends_the_channel(status: str) -> None:
    error = refusal(answer(status, words="Unroutable"))
    assert error.channel_gone
    assert str(error) == "The SMS gateway answered 200: Unroutable"


@pytest.mark.parametrize(
    "status", ["2", "4", "8", "9", "11", "14", "15", "22", "23", "29", "32", "34"]
)
def test_a_refusal_of_the_account_is_the_operators_to_mend(status: str) -> None:
    error = refusal(answer(status))
    assert (error.permanent, str(error)) == (False, "The SMS gateway refused this service.")


def test_too_many_at_once_wait() -> None:
    assert refusal(answer("1")).retry_after == 1


@pytest.mark.parametrize(
    "body", ["{}", '{"messages": []}', '{"messages": {}}', '{"messages": [7]}', "<html>", "[]"]
)
def test_an_answer_that_makes_no_sense_is_tried_again(body: str) -> None:
    assert not refusal(http("200 OK", body)).permanent


def test_a_server_that_failed_accepted_nothing_whatever_it_says() -> None:
    said = json.dumps({"messages": [{"status": "0", "message-id": "id0"}]})
    assert not refusal(http("500 Internal Server Error", said)).permanent


def test_without_an_account_there_is_no_gateway() -> None:
    with pytest.raises(NotifierError, match="no SMS gateway") as caught:
        sms.from_settings(settings(sms_gateway="vonage")).send(ANN, outage())
    assert caught.value.permanent


def test_the_settings_choose_it() -> None:
    with Gateway(answer("0")) as gateway:
        chosen = settings(sms_gateway="vonage", sms_gateway_url=gateway.url, sms_account="key")
        assert sms.from_settings(chosen).send(ANN, outage()).reference == "id0"
