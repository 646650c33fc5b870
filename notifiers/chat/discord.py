"""Alerts to Discord by the webhook of a channel: an embed that mentions nobody."""

import re
from http import HTTPStatus
from typing import Any

from pydantic import field_validator

from config.settings import Settings
from domain.alerting.alert import Alert
from notifiers.base import Destination, NotifierError, Receipt
from notifiers.fields import SecretUrl, parsed
from notifiers.kind import settings_of
from notifiers.posting import SECONDS, Provider, ProviderResponse, wait_of
from notifiers.url_settings import UrlSettings
from notifiers.wording import Facts, Mood, Wording, utf16_units, wording
from security.egress.guard import EgressPolicy

_GONE = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND})
_COLOURS = {Mood.BAD: 0xD83C3E, Mood.WARNING: 0xF0A020, Mood.GOOD: 0x2D7D46, Mood.NEUTRAL: 0x4F7BD9}
_PATH = re.compile(r"/api(/v\d+)?/webhooks/\d+/[\w-]+/?")
_MARKDOWN = re.compile(r"([\\`*_~|>#\[\]()<:@-])")
# An embed may have 6,000 characters, a backslash before any of these signs among them.
_LONGEST = {"title": 128, "description": 1500, "name": 100, "value": 500}
_ROOM = 6000
_MOST_FACTS = 25
_LONGEST_ID = 40


class DiscordSettings(UrlSettings):
    """The URL of a webhook. It may name a thread: `?thread_id=…`."""

    @field_validator("url")
    @classmethod
    def _is_a_webhook(cls, url: SecretUrl) -> SecretUrl:
        if not _PATH.fullmatch(parsed(url).path or ""):
            raise ValueError("Must be the URL of a webhook: https://discord.com/api/webhooks/….")
        return url


class DiscordNotifier:
    def __init__(self, policy: EgressPolicy, *, seconds: float = SECONDS) -> None:
        self._provider = Provider(name="Discord", policy=policy, seconds=seconds)

    def send(self, channel: Destination, alert: Alert) -> Receipt:
        settings = settings_of(channel, DiscordSettings)
        # Only with this it answers when the message is stored, and tells its id.
        answer = self._provider.post_to(
            settings.url, params={"wait": "true"}, json=message(wording(alert))
        )
        if answer.accepted and not answer.is_page:
            reference = str(answer.object.get("id", ""))[:_LONGEST_ID] or None
            return self._provider.accepted(answer, reference)
        raise _refused(self._provider, answer)


def from_settings(settings: Settings) -> DiscordNotifier:
    return DiscordNotifier(EgressPolicy.from_settings(settings))


def message(words: Wording) -> dict[str, Any]:
    title = _escaped(words.subject, "title")
    description = _escaped(words.shortened, "description") + _links(words)
    room = _ROOM - utf16_units(title + description)
    facts = words.first_facts(_MOST_FACTS, lambda some: _size(_fields(some)) <= room)
    embed = {
        "title": title,
        "description": description,
        "color": _COLOURS[words.mood],
        "fields": _fields(facts),
    }
    return {"embeds": [embed], "allowed_mentions": {"parse": []}}


def _fields(facts: Facts) -> list[dict[str, str]]:
    return [
        {"name": _escaped(label, "name"), "value": _escaped(value, "value")}
        for label, value in facts
    ]


def _size(fields: list[dict[str, str]]) -> int:
    return sum(utf16_units(field["name"] + field["value"]) for field in fields)


def _links(words: Wording) -> str:
    return "".join(f"\n[{label}]({link})" for label, link in words.links)


def _escaped(text: str, part: str) -> str:
    return _MARKDOWN.sub(r"\\\1", text[: _LONGEST[part]])


def _refused(provider: Provider, answer: ProviderResponse) -> NotifierError:
    # Whoever guards Discord's servers answers 403 with a page, when it finds that we ask too often.
    gone = answer.status in _GONE and not answer.is_page
    error = provider.refused(answer, answer.object.get("message"), gone=gone)
    error.retry_after = max(error.retry_after, wait_of(answer.object.get("retry_after")))
    return error
