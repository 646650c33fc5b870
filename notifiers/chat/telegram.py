"""Alerts to Telegram, by the bot of the operator or one of the user's own."""

import re
from dataclasses import replace
from html import escape
from http import HTTPStatus
from typing import Annotated, Any, ClassVar

import structlog
from pydantic import AfterValidator, Field, SecretStr

from config.settings import Settings
from domain.alerting.alert import Alert
from notifiers.base import Destination, NotifierError, Receipt
from notifiers.fields import secret_like
from notifiers.kind import ChannelSettings, Fingerprint, settings_of
from notifiers.posting import SECONDS, Provider, ProviderResponse, wait_of
from notifiers.wording import Facts, Mood, Wording, utf16_units, wording
from security.egress.guard import OPERATORS_CHOICE

log = structlog.get_logger(__name__)

_SIGNS = {Mood.BAD: "🔴", Mood.WARNING: "🟠", Mood.GOOD: "🟢", Mood.NEUTRAL: "🔵"}
_CHAT = re.compile(r"-?[0-9]{1,20}|@[A-Za-z][A-Za-z0-9_]{3,63}")
# What it says when there is no such chat, or the bot may not write there.
_GONE = re.compile(
    r"chat not found|bot was (blocked|kicked)|user is deactivated|bot can't initiate"
    r"|not enough rights|have no rights|bot is not a member|group chat was (upgraded|deleted)"
    r"|message thread not found|need administrator rights|send messages to bots",
    re.IGNORECASE,
)
# A message may have 4,096 characters, after its entities are read.
_ROOM = 4000
_LONGEST_VALUE = 300
_MOST_FACTS = 50
_SECONDS_ONCE_MORE = 8.0

BotToken = Annotated[
    SecretStr,
    secret_like(
        r"[0-9]{3,20}:[A-Za-z0-9_-]{20,100}", "Must be the token of a bot: 123456789:AAHdq…."
    ),
]


def _checked_chat(text: str) -> str:
    if not _CHAT.fullmatch(text):
        raise ValueError(
            "Must be a number such as -1001234567890, or the @name of a public channel."
        )
    return text


ChatId = Annotated[
    str,
    AfterValidator(_checked_chat),
    Field(json_schema_extra={"pattern": f"^({_CHAT.pattern})$"}),
]


class TelegramSettings(ChannelSettings):
    """`chat_id` is a number, negative for a group, or the @name of a public channel.

    Without a `bot_token` the operator's bot sends. `topic_id` names a topic of a group.
    """

    DESTINATION: ClassVar[frozenset[str]] = frozenset({"chat_id", "topic_id", "bot_token"})

    chat_id: ChatId
    topic_id: int | None = Field(default=None, ge=1)
    bot_token: BotToken | None = None

    def address_of(self, fingerprint: Fingerprint) -> str:
        topic = f"/{self.topic_id}" if self.topic_id else ""
        own = f" ({fingerprint(self.bot_token.get_secret_value())})" if self.bot_token else ""
        return f"{self.chat_id}{topic}{own}"


class TelegramNotifier:
    def __init__(self, url: str, token: SecretStr, *, seconds: float = SECONDS) -> None:
        self._url = url.rstrip("/")
        self._token = token
        # The operator named the server of the bots, maybe one of its own.
        self._provider = Provider(name="Telegram", policy=OPERATORS_CHOICE, seconds=seconds)

    def send(self, channel: Destination, alert: Alert) -> Receipt:
        settings = settings_of(channel, TelegramSettings)
        token = (settings.bot_token or self._token).get_secret_value()
        if not token:
            raise NotifierError("This service has no Telegram bot.", permanent=True)
        url = f"{self._url}/bot{token}/sendMessage"
        message = {
            "chat_id": settings.chat_id,
            "message_thread_id": settings.topic_id,
            "text": text_of(wording(alert)),
            "parse_mode": "HTML",
            "link_preview_options": {"is_disabled": True},
        }
        answer = self._provider.post(url, json=message)
        moved_to = _parameters(answer).get("migrate_to_chat_id")
        if isinstance(moved_to, int):
            # A group that became a supergroup has another number, and is the same group.
            again = replace(self._provider, seconds=min(self._provider.seconds, _SECONDS_ONCE_MORE))
            answer = again.post(url, json={**message, "chat_id": moved_to})
        result = answer.object.get("result")
        if answer.accepted and answer.object.get("ok") is True and isinstance(result, dict):
            return self._provider.accepted(answer, str(result.get("message_id")))
        raise self._refused(answer, own_bot=settings.bot_token is not None)

    def _refused(self, answer: ProviderResponse, *, own_bot: bool) -> NotifierError:
        if answer.status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.NOT_FOUND} and not own_bot:
            log.error("telegram_refused_us", status=answer.status)
            return NotifierError("Telegram refused the bot of this service.")
        said = str(answer.object.get("description", ""))
        no_bot = answer.status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.NOT_FOUND}
        error = self._provider.refused(
            answer,
            said,
            gone="description" in answer.object and (no_bot or bool(_GONE.search(said))),
        )
        asked = wait_of(_parameters(answer).get("retry_after"))
        error.retry_after = max(error.retry_after, asked)
        return error


def from_settings(settings: Settings) -> TelegramNotifier:
    return TelegramNotifier(settings.telegram_url, settings.telegram_token)


def _parameters(answer: ProviderResponse) -> dict[str, Any]:
    parameters = answer.object.get("parameters")
    return parameters if isinstance(parameters, dict) else {}


def text_of(words: Wording) -> str:
    """Write HTML in which nothing of users or strangers is markup."""
    labels = "".join(label for label, _ in words.links)
    room = _ROOM - utf16_units(words.subject + words.shortened + labels)
    facts = (
        f"<b>{escape(label)}:</b> {escape(value[:_LONGEST_VALUE])}"
        for label, value in words.first_facts(_MOST_FACTS, lambda some: _size(some) <= room)
    )
    links = (f'<a href="{escape(link)}">{escape(label)}</a>' for label, link in words.links)
    headline = f"{_SIGNS[words.mood]} <b>{escape(words.subject)}</b>"
    return "\n".join([headline, escape(words.shortened), "", *facts, " · ".join(links)]).strip()


def _size(facts: Facts) -> int:
    return sum(utf16_units(f"{label}: {value[:_LONGEST_VALUE]}\n") for label, value in facts)
