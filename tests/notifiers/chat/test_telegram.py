"""Telegram: what its bots are asked to send, and what their refusals mean."""

from dataclasses import replace
from html.parser import HTMLParser

import pytest
from pydantic import SecretStr, ValidationError
from structlog.testing import capture_logs

from domain.alerting.alert import Alert, Rendered
from notifiers.base import Destination, NotifierError
from notifiers.chat.telegram import TelegramNotifier, TelegramSettings, text_of
from notifiers.wording import wording
from tests.notifiers.alerts import WHY, about_many, every_event, outage
from tests.notifiers.channels import BOT_TOKEN
from tests.notifiers.gateway import Gateway, content, http
from tests.servers.site import ScriptedSite

OURS = "987654321:BBHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"
OK = http("200 OK", '{"ok": true, "result": {"message_id": 77}}')
ANN = Destination("42", {"chat_id": "42"})
GROUP = Destination("-100/3", {"chat_id": "-100", "topic_id": 3, "bot_token": BOT_TOKEN})


def send(
    answer: bytes, channel: Destination = ANN, alert: Alert | None = None
) -> tuple[str | None, bytes]:
    with Gateway(answer) as gateway:
        notifier = TelegramNotifier(gateway.url, SecretStr(OURS), seconds=5)
        reference = notifier.send(channel, alert or outage()).reference
    return reference, gateway.requests[0]


def refusal(answer: bytes, channel: Destination = ANN) -> NotifierError:
    with capture_logs() as logs, pytest.raises(NotifierError) as caught:
        send(answer, channel)
    assert not any(token in f"{logs}{caught.value}" for token in (OURS, BOT_TOKEN))
    return caught.value


def error(status: str, description: str, more: str = "") -> bytes:
    return http(status, f'{{"ok": false, "description": "{description}"{more}}}')


def test_the_bot_of_the_operator_tells_who_has_none() -> None:
    reference, request = send(OK)
    assert reference == "77"
    assert request.startswith(f"POST /bot{OURS}/sendMessage HTTP/1.1\r\n".encode())
    notified = content(request)
    assert (notified["chat_id"], notified["parse_mode"]) == ("42", "HTML")
    assert notified["text"].startswith(f"🔴 <b>DOWN: Shop {WHY}</b>\n{wording(outage()).sentence}")
    assert notified["link_preview_options"] == {"is_disabled": True}


def test_a_bot_of_the_users_own_tells_a_topic_of_a_group() -> None:
    _, request = send(OK, GROUP)
    assert request.startswith(f"POST /bot{BOT_TOKEN}/".encode())
    assert content(request)["message_thread_id"] == 3


def test_without_any_bot_it_is_refused_for_good() -> None:
    with pytest.raises(NotifierError, match="no Telegram bot") as caught:
        TelegramNotifier("http://127.0.0.1:1", SecretStr("")).send(ANN, outage())
    assert (caught.value.permanent, caught.value.channel_gone) == (True, False)


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:  # noqa: ARG002 - the name is its parent's
        self.tags.append(tag)


def test_names_and_causes_are_no_markup() -> None:
    evil = "<a href='tg://user?id=1'>x</a> & <b>"
    parser = _Tags()
    parser.feed(text_of(wording(replace(outage(name=evil, cause=evil), url=evil))))
    assert parser.tags == ["b"] * 3


@pytest.mark.parametrize("alert", every_event(), ids=lambda alert: alert.event)
def test_every_event_keeps_to_the_length_that_telegram_takes(alert: Alert) -> None:
    long = replace(alert, cause="x" * 9000, facts=tuple((f"l{n}", "v" * 3000) for n in range(99)))
    assert len(text_of(wording(long))) <= 4096


class _Text(HTMLParser):
    """What is left to be counted when the entities are read."""

    text = ""

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.parametrize("name", ["🛒" * 100, "&" * 100, "x"])
@pytest.mark.parametrize("own", ["", "🛒" * 5000, "&" * 5000])
def test_a_digest_keeps_to_that_length_whatever_the_names(name: str, own: str) -> None:
    many = replace(
        about_many(), parts=(outage(name=name),) * 60, acknowledge_link="https://d.example/1"
    )
    parser = _Text()
    parser.feed(text_of(wording(replace(many, rendered=Rendered(text=own)))))
    assert len(parser.text.encode("utf-16-le")) // 2 <= 4096
    assert parser.text.endswith("Acknowledge all")


def test_a_digest_names_as_many_as_there_is_room_for_and_counts_the_others() -> None:
    notified = text_of(wording(replace(about_many(), parts=(outage(),) * 60)))
    named = notified.count("<b>Down:</b> Shop, since ")
    assert 20 < named < 60
    assert f"<b>And:</b> {60 - named} more" in notified


@pytest.mark.parametrize(
    ("status", "description"),
    [
        ("400 Bad Request", "Bad Request: chat not found"),
        ("403 Forbidden", "Forbidden: bot was blocked by the user"),
        ("403 Forbidden", "Forbidden: user is deactivated"),
        ("403 Forbidden", "Forbidden: bot was kicked from the group chat"),
        ("400 Bad Request", "Bad Request: group chat was upgraded to a supergroup chat"),
        ("403 Forbidden", "Forbidden: the group chat was deleted"),
        ("403 Forbidden", "Forbidden: bot is not a member of the channel chat"),
        ("403 Forbidden", "Forbidden: bots can't send messages to bots"),
        ("400 Bad Request", "Bad Request: message thread not found"),
        ("400 Bad Request", "Bad Request: need administrator rights in the channel chat"),
        ("400 Bad Request", "Bad Request: not enough rights to send text messages to the chat"),
    ],
)
def test_a_chat_that_is_not_there_any_more_ends_the_channel(status: str, description: str) -> None:
    found = refusal(error(status, description))
    assert found.channel_gone
    assert str(found) == f"Telegram answered {status[:3]}: {description}"


MOVED = error(
    "400 Bad Request",
    "Bad Request: group chat was upgraded to a supergroup chat",
    ', "parameters": {"migrate_to_chat_id": -1001}',
)


def test_a_group_that_became_a_supergroup_is_told_under_its_new_number() -> None:
    with ScriptedSite() as site:
        site.answer = lambda _: MOVED if site.count == 1 else OK
        notifier = TelegramNotifier(site.url, SecretStr(OURS), seconds=5)
        assert notifier.send(Destination("-100", {"chat_id": "-100"}), outage()).reference == "77"
        first, second = (content(request) for request in site.received)
    assert (first["chat_id"], second["chat_id"]) == ("-100", -1001)
    assert first["text"] == second["text"]


def test_a_group_that_moves_without_end_is_gone() -> None:
    with ScriptedSite() as site:
        site.answer = MOVED
        with pytest.raises(NotifierError) as caught:
            TelegramNotifier(site.url, SecretStr(OURS), seconds=5).send(ANN, outage())
        assert (caught.value.channel_gone, site.count) == (True, 2)


def test_a_bot_of_the_users_own_that_is_refused_ends_the_channel() -> None:
    assert refusal(error("401 Unauthorized", "Unauthorized"), GROUP).channel_gone


def test_our_own_bot_that_is_refused_is_the_operators_to_mend() -> None:
    found = refusal(error("401 Unauthorized", "Unauthorized"))
    assert (found.permanent, str(found)) == (False, "Telegram refused the bot of this service.")


def test_a_message_that_telegram_cannot_read_does_not_end_the_channel() -> None:
    assert not refusal(error("400 Bad Request", "Bad Request: can't parse entities")).permanent


def test_the_wait_that_is_asked_for_stands_in_the_body() -> None:
    answer = error("429 Too Many Requests", "slow down", ', "parameters": {"retry_after": 31}')
    assert refusal(answer).retry_after == 31


@pytest.mark.parametrize(
    "body",
    [
        "[]",
        '{"ok": true}',
        '{"ok": true, "result": []}',
        '{"ok": false, "result": {"message_id": 7}}',
        "<html>",
    ],
)
def test_an_answer_without_a_message_is_not_taken_for_acceptance(body: str) -> None:
    assert not refusal(http("200 OK", body)).permanent


@pytest.mark.parametrize(
    ("field", "value"),
    [("chat_id", "ann"), ("chat_id", ""), ("chat_id", "4 2"), ("chat_id", "42\n"),
     ("bot_token", "x"), ("bot_token", f"{BOT_TOKEN}/../x"), ("topic_id", "0")],
)  # fmt: skip
def test_what_is_no_chat_or_token_is_refused(field: str, value: str) -> None:
    with pytest.raises(ValidationError) as caught:
        TelegramSettings.model_validate({"chat_id": "42", field: value})
    assert [each["loc"] for each in caught.value.errors()] == [(field,)]


def test_what_is_no_chat_is_refused_with_what_one_looks_like() -> None:
    with pytest.raises(ValidationError, match="number such as -1001234567890, or the @name of"):
        TelegramSettings.model_validate({"chat_id": "Operations"})


def test_a_channel_is_told_apart_by_its_chat_topic_and_bot() -> None:
    def shown(channel: Destination) -> str:
        return TelegramSettings.model_validate(channel.settings).address_of(lambda _: "f00")

    assert (shown(ANN), shown(GROUP)) == ("42", "-100/3 (f00)")
