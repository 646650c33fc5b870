"""Teams: a card for the webhook of a workflow, in which nothing is read as Markdown."""

import json
from dataclasses import replace

import pytest

from domain.alerting.alert import Alert, Rendered
from notifiers.base import Destination, NotifierError
from notifiers.chat.teams import TeamsNotifier, message
from notifiers.wording import wording
from security.egress.guard import EgressPolicy
from tests.notifiers.alerts import WHY, about_many, every_event, outage
from tests.notifiers.gateway import Gateway, content, http

EVIL = "[click](https://evil.example) **x** <at>everyone</at>"


def send(answer: bytes, alert: Alert) -> Gateway:
    with Gateway(answer) as gateway:
        channel = Destination("teams", {"url": f"{gateway.url}/workflows/1?sig=x"})
        TeamsNotifier(EgressPolicy("any"), seconds=5).send(channel, alert)
    return gateway


def test_an_outage_is_a_card_with_a_button() -> None:
    gateway = send(
        http("202 Accepted", ""), replace(outage(), acknowledge_link="https://d.example/a")
    )
    (attachment,) = content(gateway.requests[0])["attachments"]
    assert attachment["contentType"] == "application/vnd.microsoft.card.adaptive"
    card = attachment["content"]
    assert card["body"][0]["inlines"][0]["text"] == f"DOWN: Shop {WHY}"
    assert card["body"][0]["inlines"][0]["color"] == "attention"
    assert [action["title"] for action in card["actions"]] == ["Acknowledge"]


def test_names_and_causes_stand_in_runs_that_are_not_read_as_markdown() -> None:
    card = message(wording(outage(name=EVIL, cause=EVIL)))["attachments"][0]["content"]
    assert {block["type"] for block in card["body"]} == {"RichTextBlock"}
    assert {run["type"] for block in card["body"] for run in block["inlines"]} == {"TextRun"}
    assert "entities" not in card["msteams"]


@pytest.mark.parametrize("alert", every_event(), ids=lambda alert: alert.event)
def test_every_event_keeps_to_the_size_that_teams_takes(alert: Alert) -> None:
    long = replace(alert, cause="x" * 9000, facts=tuple((f"l{n}", "v" * 3000) for n in range(99)))
    assert len(json.dumps(message(wording(long)))) < 28_000


@pytest.mark.parametrize("status", ["404 Not Found", "410 Gone"])
def test_a_workflow_that_was_deleted_ends_the_channel(status: str) -> None:
    with pytest.raises(NotifierError) as caught:
        send(http(status, ""), outage())
    assert caught.value.channel_gone


@pytest.mark.parametrize("name", ["Магазин " * 12, "🛒" * 100, "x" * 100])
@pytest.mark.parametrize("own", ["", "Всё плохо " * 150, "🛒" * 1500, "x\n" * 750])
def test_a_digest_in_any_script_keeps_to_that_size_too(name: str, own: str) -> None:
    many = replace(about_many(), parts=(outage(name=name),) * 50)
    notified = message(wording(replace(many, rendered=Rendered(text=own))))
    assert len(json.dumps(notified)) < 28_000


def test_a_long_digest_says_how_many_it_does_not_name() -> None:
    card = message(wording(replace(about_many(), parts=(outage(),) * 80)))["attachments"][0]
    runs = [[run["text"] for run in block["inlines"]] for block in card["content"]["body"]]
    assert runs[-1] == ["And: ", "41 more"]


@pytest.mark.parametrize(
    "body",
    ["Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error 429",
     "<!DOCTYPE html><title>Sign in</title>"],
)  # fmt: skip
def test_a_200_without_the_message_is_not_taken_for_acceptance(body: str) -> None:
    with pytest.raises(NotifierError) as caught:
        send(http("200 OK", body), outage())
    assert not caught.value.permanent


def test_a_page_of_somebody_in_between_does_not_end_the_channel() -> None:
    with pytest.raises(NotifierError) as caught:
        send(http("404 Not Found", "<html>no</html>"), outage())
    assert not caught.value.permanent


def test_a_workflow_that_is_switched_off_for_now_does_not() -> None:
    with pytest.raises(NotifierError) as caught:
        send(
            http("400 Bad Request", '{"error": {"code": "WorkflowTriggerIsNotEnabled"}}'), outage()
        )
    assert not caught.value.permanent
