"""What a provider answers is shown to members: the secrets that it was sent are taken out of it."""

from datetime import UTC, datetime

import pytest

from notifiers.base import Destination, NotifierError, Receipt
from notifiers.registry import KINDS
from services.relay import redaction as delivery_redaction
from services.relay.claims import Claimed
from services.secret_fields import may_hold_secret
from tests.notifiers.alerts import outage
from tests.notifiers.channels import channels
from tests.notifiers.settings import settings

URL = "https://hooks.example/services/T0/B0/canary-5f1c9a7e?key=canary-of-the-query"


def claimed(kind: str, destination: Destination | None) -> Claimed:
    now = datetime.now(UTC)
    return Claimed(
        id=1, attempt=1, kind=kind, destination=destination, alert=outage(), began_at=now
    )


def shown(answer: str, kind: str = "slack", **fields: str) -> str:
    of = claimed(kind, Destination("x", fields or {"url": URL}))
    said = delivery_redaction.harmless(NotifierError(answer), of, ["operators-token"])
    assert isinstance(said, NotifierError)
    return str(said)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_invariant_7_no_kind_repeats_its_secrets(kind: str) -> None:
    destination = channels("http://127.0.0.1:1")[kind]
    fields = KINDS[kind].settings.model_fields
    secrets = [
        str(value)
        for name, value in destination.settings.items()
        if may_hold_secret(fields[name].annotation)
    ]
    refused = NotifierError(f"It answered 500: {' '.join(secrets)}")
    said = delivery_redaction.harmless(refused, claimed(kind, destination), [])
    assert str(said).startswith("It answered 500")
    assert not any(secret in str(said) for secret in secrets)


@pytest.mark.parametrize(
    "answer",
    [
        URL,
        "POST /services/T0/B0/canary-5f1c9a7e?key=canary-of-the-query HTTP/1.1",
        "no such hook: canary-5f1c9a7e",
        '{"key": "canary-of-the-query"}',
        "Y2FuYXJ5LTVmMWM5YTdl",
    ],
)
def test_of_a_url_no_part_is_shown_that_opens_it(answer: str) -> None:
    said = shown(f"Slack answered 404: {answer}")
    assert said.startswith("Slack answered 404: ")
    assert "canary" not in said
    assert "Y2FuYXJ5" not in said


def test_a_secret_that_is_cut_off_is_not_shown_either() -> None:
    assert shown("Slack answered 404: /canary-5f1c") == "Slack answered 404: /•••"


@pytest.mark.abuse(104)
def test_a_key_with_slashes_is_not_shown_when_it_is_cut_off_either() -> None:
    of = claimed("slack", Destination("x", {"url": URL}))
    refused = NotifierError("It answered 500: no such key: AbC/dEf+123")
    said = delivery_redaction.harmless(refused, of, ["AbC/dEf+1234567890"])
    assert str(said) == "It answered 500: no such key: •••"
    assert shown("Slack answered 404: see https") == "Slack answered 404: see https"


def test_the_operators_secrets_are_nobodys_business() -> None:
    assert shown("Telegram answered 500: /botoperators-token/x").count("operators-token") == 0


@pytest.mark.parametrize("answer", ["Slack answered 500.", "Slack answered 404: no_service", ""])
def test_other_words_stay_as_they_are(answer: str) -> None:
    assert shown(answer) == answer


def test_what_an_error_means_stays() -> None:
    error = NotifierError("gone: canary-5f1c9a7e", channel_gone=True, retry_after=7)
    of = claimed("slack", Destination("x", {"url": URL}))
    said = delivery_redaction.harmless(error, of, [])
    assert isinstance(said, NotifierError)
    assert (said.permanent, said.channel_gone, said.retry_after) == (True, True, 7)


def test_references_are_cleaned_too_and_none_is_none() -> None:
    of = claimed("slack", Destination("x", {"url": URL}))
    echo = Receipt("200 OK: canary-5f1c9a7e", "id-canary-5f1c9a7e")
    assert delivery_redaction.harmless(echo, of, []) == Receipt("200 OK: •••", "id-•••")
    plain = Receipt("204 No Content.")
    assert delivery_redaction.harmless(plain, of, []) == plain
    told = Receipt('200 OK: {"token": "of-the-receiver", "id": 7}', "id-7")
    shown = delivery_redaction.harmless(told, claimed("slack", None), [])
    assert shown == Receipt('200 OK: {"token": "•••", "id": 7}', "id-7")


def test_the_accounts_of_the_operator_have_these_secrets() -> None:
    found = delivery_redaction.of_operator(
        settings(
            SMTP_URL="smtp://robot:p%40ssword@mail.example",
            sms_token="sms-token",
            telegram_token="1:bot",
            sms_http_headers="Authorization: Bearer a-long-token-of-the-gateway\nAccept: text/plain",
        )
    )
    assert found == {"p@ssword", "sms-token", "1:bot", "a-long-token-of-the-gateway"}
