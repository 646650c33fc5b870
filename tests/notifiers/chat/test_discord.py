"""Discord: an embed that mentions nobody, and what its refusals mean."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from domain.alerting.alert import Alert, Rendered
from notifiers.base import Destination, NotifierError
from notifiers.chat.discord import DiscordNotifier, DiscordSettings, message
from notifiers.wording import Wording, wording
from security.egress.guard import EgressPolicy
from tests.notifiers.alerts import ACKNOWLEDGE, about_many, every_event, outage
from tests.notifiers.gateway import Gateway, content, http

EVIL = "@everyone <@&1> **x** [click](https://evil.example) `y` ||z||"


def send(answer: bytes, alert: Alert, query: str = "") -> tuple[str | None, bytes]:
    with Gateway(answer) as gateway:
        channel = Destination("discord", {"url": f"{gateway.url}/api/webhooks/1/x-y_z{query}"})
        reference = DiscordNotifier(EgressPolicy("any"), seconds=5).send(channel, alert).reference
    return reference, gateway.requests[0]


def refusal(answer: bytes) -> NotifierError:
    with pytest.raises(NotifierError) as caught:
        send(answer, outage())
    return caught.value


def test_an_outage_is_an_embed_and_the_id_of_the_message_comes_back() -> None:
    alert = replace(outage(), acknowledge_link=ACKNOWLEDGE)
    reference, request = send(http("200 OK", '{"id": "99"}'), alert)
    assert reference == "99"
    assert request.startswith(b"POST /api/webhooks/1/x-y_z?wait=true HTTP/1.1\r\n")
    (embed,) = content(request)["embeds"]
    assert embed["title"].startswith("DOWN\\: Shop \\(answered 500 ")
    assert f"[Acknowledge]({ACKNOWLEDGE})" in embed["description"]


def test_a_thread_may_be_named() -> None:
    _, request = send(http("200 OK", "{}"), outage(), "?thread_id=7")
    assert request.startswith(b"POST /api/webhooks/1/x-y_z?thread_id=7&wait=true ")


def test_names_mention_nobody_and_are_not_read_as_markdown() -> None:
    notified = message(wording(outage(name=EVIL, cause=EVIL)))
    assert notified["allowed_mentions"] == {"parse": []}
    assert "content" not in notified
    (embed,) = notified["embeds"]
    for text in (embed["title"], embed["fields"][0]["value"]):
        assert "\\@everyone \\<\\@&1\\> \\*\\*x\\*\\* \\[click\\]\\(" in text


@pytest.mark.parametrize("alert", every_event(), ids=lambda alert: alert.event)
def test_every_event_keeps_to_the_limits(alert: Alert) -> None:
    long = replace(alert, cause="*" * 9000, facts=tuple((f"l{n}", "*" * 3000) for n in range(99)))
    (embed,) = message(wording(long))["embeds"]
    assert len(embed["title"]) <= 256
    assert len(embed["fields"]) <= 25
    assert all(1 <= len(field["value"]) <= 1024 for field in embed["fields"])
    assert whole_of(embed) <= 6000


def whole_of(embed: Any) -> int:  # noqa: ANN401 - it is JSON
    whole = embed["title"] + embed["description"]
    whole += "".join(field["name"] + field["value"] for field in embed["fields"])
    return len(whole.encode("utf-16-le", "surrogatepass")) // 2


@given(
    subject=st.text(max_size=200),
    text=st.text(max_size=3000),
    facts=st.lists(
        st.tuples(st.text(max_size=200), st.text(min_size=1, max_size=900)), max_size=40
    ),
)
def test_no_words_make_an_embed_that_is_too_large(
    subject: str, text: str, facts: list[tuple[str, str]]
) -> None:
    words = Wording(f"x{subject}", f"x{text}", tuple(facts), (("More", "https://d.example/1"),))
    (embed,) = message(words)["embeds"]
    assert whole_of(embed) <= 6000
    assert len(embed["title"].encode("utf-16-le", "surrogatepass")) <= 512
    assert len(embed["description"]) <= 4096


@pytest.mark.parametrize("length", range(0, 40, 3))
def test_as_many_facts_are_told_as_there_is_room_for(length: int) -> None:
    facts = tuple((f"{number:02}", "v" * (300 + length)) for number in range(24))
    (embed,) = message(Wording("*" * 200, "x", facts))["embeds"]
    assert len(embed["title"]) == 256
    assert 6000 - (302 + length) - 10 <= whole_of(embed) <= 6000


@pytest.mark.parametrize("name", ["🛒" * 100, "*" * 100, "x" * 100])
@pytest.mark.parametrize("own", ["", "*" * 5000, "🛒" * 5000])
def test_a_digest_keeps_to_the_limits_whatever_the_names(name: str, own: str) -> None:
    parts = (outage(name=name),) * 50
    many = replace(about_many(), parts=parts, acknowledge_link="https://d.example/1")
    (embed,) = message(wording(replace(many, rendered=Rendered(text=own))))["embeds"]
    assert whole_of(embed) <= 6000
    assert len(embed["description"]) <= 4096


@pytest.mark.parametrize("status", ["404 Not Found", "401 Unauthorized"])
def test_a_webhook_that_was_deleted_ends_the_channel(status: str) -> None:
    error = refusal(http(status, '{"message": "Unknown Webhook", "code": 10015}'))
    assert error.channel_gone
    assert str(error) == f"Discord answered {status[:3]}: Unknown Webhook"


@pytest.mark.parametrize("status", ["200 OK", "401 Unauthorized", "403 Forbidden", "404 Not Found"])
def test_a_page_of_somebody_in_between_says_nothing_of_the_channel(status: str) -> None:
    error = refusal(http(status, "<!doctype html><title>Access denied</title>"))
    assert (error.permanent, str(error)) == (False, f"Discord answered {status[:3]}: an HTML page")


def test_a_long_digest_says_how_many_it_does_not_name() -> None:
    (embed,) = message(wording(replace(about_many(), parts=(outage(),) * 80)))["embeds"]
    assert len(embed["fields"]) == 25
    assert embed["fields"][-1] == {"name": "And", "value": "56 more"}


@pytest.mark.parametrize(
    ("asked", "wait"), [("2.5", 2.5), ('"x"', 0), ("-1", 0), ("1e99", 0), ("NaN", 0), ("null", 0)]
)
def test_the_wait_that_is_asked_for_stands_in_the_body(asked: str, wait: float) -> None:
    error = refusal(http("429 Too Many Requests", f'{{"retry_after": {asked}}}'))
    assert (error.permanent, error.retry_after) == (False, wait)


@pytest.mark.parametrize(
    "url", ["https://discord.com/", "https://discord.com/api/users/1", "https://discord.com/api/webhooks/x/y/z"]
)  # fmt: skip
def test_what_is_no_webhook_is_refused(url: str) -> None:
    with pytest.raises(ValidationError) as caught:
        DiscordSettings.model_validate({"url": url})
    assert [error["loc"] for error in caught.value.errors()] == [("url",)]
