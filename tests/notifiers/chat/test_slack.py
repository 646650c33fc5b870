"""Slack: what is posted to an incoming webhook, and what its refusals mean."""

from dataclasses import replace

import pytest

from domain.alerting.alert import Alert
from notifiers.base import Destination, NotifierError
from notifiers.chat.slack import SlackNotifier, message
from notifiers.wording import wording
from security.egress.guard import EgressPolicy
from tests.notifiers.alerts import ACKNOWLEDGE, WHY, about_many, every_event, outage, recovery
from tests.notifiers.gateway import Gateway, content, http

EVIL = "<!channel> @here *x* <https://evil.example|click> :bomb: <@U1>"


def send(answer: bytes, alert: Alert) -> Gateway:
    with Gateway(answer) as gateway:
        channel = Destination("slack", {"url": f"{gateway.url}/services/T/B/x"})
        SlackNotifier(EgressPolicy("any"), seconds=5).send(channel, alert)
    return gateway


def refusal(answer: bytes) -> NotifierError:
    with pytest.raises(NotifierError) as caught:
        send(answer, outage())
    return caught.value


def test_an_outage_is_told_in_blocks_and_in_a_line_for_phones() -> None:
    gateway = send(http("200 OK", "ok"), replace(outage(), acknowledge_link=ACKNOWLEDGE))
    assert gateway.requests[0].startswith(b"POST /services/T/B/x HTTP/1.1\r\n")
    notified = content(gateway.requests[0])
    assert notified["text"] == f"🔴 DOWN: Shop {WHY}"
    assert notified["blocks"][0]["text"]["text"] == f"🔴 DOWN: Shop {WHY}"
    assert notified["blocks"][1]["text"]["text"] == wording(outage()).sentence
    assert f"<{ACKNOWLEDGE}|Acknowledge>" in str(notified["blocks"][-1])


def test_the_recovery_is_green() -> None:
    assert message(wording(recovery()))["text"].startswith("🟢 Recovered: Shop ")


def test_names_mention_nobody_and_link_nowhere() -> None:
    notified = message(wording(replace(outage(name=EVIL, cause=EVIL), also_down=(EVIL,))))
    assert "<" not in notified["text"]
    assert (notified["link_names"], notified["parse"]) == (False, "none")
    texts = [block.get("text", {}) for block in notified["blocks"]]
    texts += [field for block in notified["blocks"] for field in block.get("fields", [])]
    untrusted = [text for text in texts if "evil.example" in text.get("text", "")]
    assert len(untrusted) == 4
    assert all(text["type"] == "plain_text" and text["emoji"] is False for text in untrusted)


@pytest.mark.parametrize("alert", every_event(), ids=lambda alert: alert.event)
def test_every_event_keeps_to_the_limits(alert: Alert) -> None:
    long = replace(alert, cause="x" * 9000, facts=tuple((f"l{n}", "v" * 3000) for n in range(99)))
    blocks = message(wording(long))["blocks"]
    assert len(blocks) <= 50
    assert len(blocks[0]["text"]["text"]) <= 150
    for block in blocks:
        assert 1 <= len(block.get("fields", ["one"])) <= 10
        assert all(1 <= len(field["text"]) <= 2000 for field in block.get("fields", []))


@pytest.mark.parametrize(
    ("status", "words"),
    [("404 Not Found", "no_service"), ("410 Gone", "channel_is_archived"),
     ("403 Forbidden", "invalid_token")],
)  # fmt: skip
def test_a_webhook_that_was_revoked_ends_the_channel(status: str, words: str) -> None:
    error = refusal(http(status, words))
    assert error.channel_gone
    assert str(error) == f"Slack answered {status[:3]}: {words}"


@pytest.mark.parametrize(
    "body",
    ["<!DOCTYPE html><title>Log in</title>", '{"ok": false, "error": "invalid_trigger"}',
     '{"success": false, "error": "no such integration"}'],
)  # fmt: skip
def test_a_200_without_the_message_is_not_taken_for_acceptance(body: str) -> None:
    error = refusal(http("200 OK", body))
    assert not error.permanent
    assert "<" not in str(error)


@pytest.mark.parametrize("body", ["ok", '{"ok": true}', '{"success": true}', ""])
def test_slack_and_those_like_it_accept_each_in_its_way(body: str) -> None:
    assert len(send(http("200 OK", body), outage()).requests) == 1


@pytest.mark.parametrize("status", ["403 Forbidden", "404 Not Found", "410 Gone"])
def test_a_page_of_somebody_in_between_does_not_end_the_channel(status: str) -> None:
    error = refusal(http(status, "<html>Blocked</html>"))
    assert (error.permanent, str(error)) == (False, f"Slack answered {status[:3]}: an HTML page")


def test_a_link_cannot_leave_its_place() -> None:
    notified = message(
        wording(replace(outage(), acknowledge_link="https://d.example/?a&b|<!channel>"))
    )
    assert notified["blocks"][-1]["text"]["text"] == (
        "<https://d.example/?a&amp;b¦&lt;!channel&gt;|Acknowledge>"
    )


def test_a_long_digest_says_how_many_it_does_not_name() -> None:
    notified = message(wording(replace(about_many(), parts=(outage(),) * 80)))
    fields = [field["text"] for block in notified["blocks"] for field in block.get("fields", [])]
    assert len(fields) == 50
    assert fields[-1] == "And: 31 more"


def test_a_message_that_slack_finds_odd_does_not_end_the_channel() -> None:
    assert not refusal(http("400 Bad Request", "invalid_blocks")).permanent
