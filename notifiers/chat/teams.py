"""Alerts to Microsoft Teams: an Adaptive Card to the webhook of a workflow.

What users and strangers wrote stands in text runs, which Teams shows as they are: text blocks would
be read as Markdown.
"""

import json
from http import HTTPStatus
from typing import Any

from config.settings import Settings
from domain.alerting.alert import Alert
from notifiers.base import Destination, Receipt
from notifiers.kind import settings_of
from notifiers.posting import SECONDS, Provider
from notifiers.url_settings import UrlSettings
from notifiers.wording import Facts, Mood, Wording, wording
from security.egress.guard import EgressPolicy

_GONE = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.GONE})
_COLOURS = {
    Mood.BAD: "attention",
    Mood.WARNING: "warning",
    Mood.GOOD: "good",
    Mood.NEUTRAL: "accent",
}
# The older kind of webhook, a connector, says so in a 200.
_FAILED = b"message delivery failed"
# A message may have 28 KB.
_ROOM = 27_000
_LONGEST_VALUE = 400
_LONGEST_FALLBACK = 200
_MOST_LINES = 100
_MOST_FACTS = 40


class TeamsSettings(UrlSettings):
    pass


class TeamsNotifier:
    def __init__(self, policy: EgressPolicy, *, seconds: float = SECONDS) -> None:
        self._provider = Provider(name="Teams", policy=policy, seconds=seconds)

    def send(self, channel: Destination, alert: Alert) -> Receipt:
        settings = settings_of(channel, TeamsSettings)
        answer = self._provider.post_to(settings.url, json=message(wording(alert)))
        if answer.accepted and not answer.is_page and _FAILED not in answer.body:
            return self._provider.accepted(answer)
        raise self._provider.refused(answer, gone=answer.status in _GONE and not answer.is_page)


def from_settings(settings: Settings) -> TeamsNotifier:
    return TeamsNotifier(EgressPolicy.from_settings(settings))


def message(words: Wording) -> dict[str, Any]:
    return {
        "type": "message",
        "attachments": [
            {
                "contentType": "application/vnd.microsoft.card.adaptive",
                "contentUrl": None,
                "content": _card(words),
            }
        ],
    }


def _card(words: Wording) -> dict[str, Any]:
    room = _ROOM - len(json.dumps(_card_with(words, ())))
    facts = words.first_facts(_MOST_FACTS, lambda some: len(json.dumps(_blocks(some))) <= room)
    return _card_with(words, facts)


def _card_with(words: Wording, facts: Facts) -> dict[str, Any]:
    return {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        # What a phone shows instead.
        "fallbackText": words.shortened[:_LONGEST_FALLBACK],
        "msteams": {"width": "Full"},
        "body": [
            _text(_run(words.subject, size="large", weight="bolder", color=_COLOURS[words.mood])),
            *(_text(_run(line)) for line in _lines(words.shortened)),
            *_blocks(facts),
        ],
        "actions": [
            {"type": "Action.OpenUrl", "title": label, "url": link} for label, link in words.links
        ],
    }


def _blocks(facts: Facts) -> list[dict[str, Any]]:
    return [
        _text(_run(f"{label}: ", weight="bolder"), _run(value[:_LONGEST_VALUE]))
        for label, value in facts
    ]


def _lines(text: str) -> list[str]:
    """Cut a text into what has a block of its own: a run has no line breaks."""
    return [line for line in text.split("\n") if line][:_MOST_LINES]


def _text(*runs: dict[str, Any]) -> dict[str, Any]:
    return {"type": "RichTextBlock", "inlines": list(runs)}


def _run(text: str, **style: str) -> dict[str, Any]:
    return {"type": "TextRun", "text": text, **style}
