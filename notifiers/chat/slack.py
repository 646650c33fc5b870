"""Alerts to Slack, or what takes the same as it (Mattermost, Rocket.Chat), by an incoming webhook.

Names and causes stand in plain text objects, in which Slack looks for no mention, link or markup. An
incoming webhook cannot answer in a thread, so each message says by itself which outage it is about.
"""

from http import HTTPStatus
from typing import Any

from config.settings import Settings
from domain.alerting.alert import Alert
from notifiers.base import Destination, Receipt
from notifiers.kind import settings_of
from notifiers.posting import SECONDS, Provider, ProviderResponse
from notifiers.url_settings import UrlSettings
from notifiers.wording import Mood, Wording, wording
from security.egress.guard import EgressPolicy

_GONE = frozenset({HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND, HTTPStatus.GONE})
_SIGNS = {Mood.BAD: "🔴", Mood.WARNING: "🟠", Mood.GOOD: "🟢", Mood.NEUTRAL: "🔵"}
_LONGEST_HEADER = 150
_LONGEST_TEXT = 2000
_FACTS_IN_A_SECTION = 10
_MOST_FACTS = 50
_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "|": "¦"})


class SlackSettings(UrlSettings):
    pass


class SlackNotifier:
    def __init__(self, policy: EgressPolicy, *, seconds: float = SECONDS) -> None:
        self._provider = Provider(name="Slack", policy=policy, seconds=seconds)

    def send(self, channel: Destination, alert: Alert) -> Receipt:
        settings = settings_of(channel, SlackSettings)
        answer = self._provider.post_to(settings.url, json=message(wording(alert)))
        if _is_taken(answer):
            return self._provider.accepted(answer)
        words = "" if answer.is_page else answer.body[:100].decode(errors="replace")
        gone = answer.status in _GONE and not answer.is_page
        raise self._provider.refused(answer, words, gone=gone)


def from_settings(settings: Settings) -> SlackNotifier:
    return SlackNotifier(EgressPolicy.from_settings(settings))


def _is_taken(answer: ProviderResponse) -> bool:
    """Tell whether it has the message: some say in the body of a 200 that they have not."""
    said = (answer.object.get("ok"), answer.object.get("success"))
    return answer.accepted and not answer.is_page and not any(each is False for each in said)


def message(words: Wording) -> dict[str, Any]:
    headline = f"{_SIGNS[words.mood]} {words.subject}"
    blocks: list[dict[str, Any]] = [
        {"type": "header", "text": _plain(headline[:_LONGEST_HEADER])},
        {"type": "section", "text": _plain(words.shortened)},
        *_sections(words.first_facts(_MOST_FACTS)),
    ]
    if words.links:
        links = "  ".join(f"<{_escaped(link)}|{_escaped(label)}>" for label, link in words.links)
        blocks.append({"type": "section", "text": {"type": "mrkdwn", "text": links}})
    # The line that a phone shows.
    return {"text": _escaped(headline), "link_names": False, "parse": "none", "blocks": blocks}


def _sections(facts: tuple[tuple[str, str], ...]) -> list[dict[str, Any]]:
    return [
        {
            "type": "section",
            "fields": [
                _plain(f"{label}: {value}") for label, value in facts[at : at + _FACTS_IN_A_SECTION]
            ],
        }
        for at in range(0, len(facts), _FACTS_IN_A_SECTION)
    ]


def _plain(text: str) -> dict[str, Any]:
    # Without emoji, so that a name cannot write any with colons.
    return {"type": "plain_text", "text": text[:_LONGEST_TEXT], "emoji": False}


def _escaped(text: str) -> str:
    return text.translate(_ESCAPES)
