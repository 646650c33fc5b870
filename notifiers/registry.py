"""Which notifier serves which kind of channel. A new kind is one file and one line here."""

from collections.abc import Mapping

import structlog

from config.settings import Settings
from notifiers import apprise, pagerduty
from notifiers.base import Notifier, NotifierError
from notifiers.chat import discord, slack, teams, telegram
from notifiers.email import email
from notifiers.kind import Kind
from notifiers.texts import sms, voice
from notifiers.webhook import webhook

log = structlog.get_logger(__name__)

KINDS: Mapping[str, Kind] = {
    "email": Kind(
        settings=email.EmailSettings, notifier=email.from_settings, needs_confirmation=True
    ),
    "sms": Kind(settings=sms.PhoneSettings, notifier=sms.from_settings, needs_confirmation=True),
    "voice": Kind(
        settings=voice.PhoneSettings, notifier=voice.from_settings, needs_confirmation=True
    ),
    "telegram": Kind(
        settings=telegram.TelegramSettings,
        notifier=telegram.from_settings,
        needs_confirmation=True,
    ),
    "webhook": Kind(
        settings=webhook.WebhookSettings, notifier=webhook.from_settings, most_parts=100
    ),
    "slack": Kind(settings=slack.SlackSettings, notifier=slack.from_settings),
    "teams": Kind(settings=teams.TeamsSettings, notifier=teams.from_settings),
    "discord": Kind(settings=discord.DiscordSettings, notifier=discord.from_settings),
    "pagerduty": Kind(
        settings=pagerduty.PagerDutySettings, notifier=pagerduty.from_settings, most_parts=50
    ),
    "apprise": Kind(settings=apprise.AppriseSettings, notifier=apprise.from_settings),
}


def make(kind: str, settings: Settings) -> Notifier:
    """Return a notifier for the kind; a temporary `NotifierError` if the operator has to act first."""
    try:
        return KINDS[kind].notifier(settings)
    except KeyError:
        # A newer version knows the kind already: it will be here soon.
        log.error("notifier_unknown", kind=kind)  # noqa: TRY400 - no stack needed
        raise NotifierError("This service cannot send this kind yet.") from None
    except (ValueError, OSError) as error:
        log.error("notifier_not_set_up", kind=kind, reason=str(error))  # noqa: TRY400 - the reason says it
        raise NotifierError("This service is not set up to send this.") from None
