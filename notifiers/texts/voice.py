"""Alerts by phone call: a gateway that speaks as Twilio's Calls resource reads them out, twice."""

from xml.sax.saxutils import escape, quoteattr

from config.settings import Settings
from domain.alerting.alert import Alert, AlertEvent
from notifiers.base import Destination, NotifierError
from notifiers.posting import SECONDS
from notifiers.texts.account import Account
from notifiers.texts.phone import PhoneSettings, is_number
from notifiers.texts.twilio import Twilio
from notifiers.wording import one_line, wording

__all__ = ["PhoneSettings", "VoiceNotifier", "from_settings", "spoken", "twiml"]

_LONGEST_CAUSE = 200
_LONGEST_TEXT = 600
# What is said may have 4,000 characters with its markup, and it is said twice.
_LONGEST_ESCAPED = 1750
_SECONDS_OF_RINGING = "40"


class VoiceNotifier:
    def __init__(self, account: Account, *, seconds: float = SECONDS) -> None:
        self._account = account
        self._gateway = Twilio(account, name="The voice gateway", seconds=seconds)

    def send(self, channel: Destination, alert: Alert) -> str | None:
        if not self._account.account:
            raise NotifierError("This service has no voice gateway.", permanent=True)
        if not is_number(channel.address):
            raise NotifierError("This is not a phone number.", channel_gone=True)
        values = {
            "To": channel.address,
            "Twiml": twiml(spoken(alert), confirm_link=alert.confirm_link),
            "Timeout": _SECONDS_OF_RINGING,
        }
        return self._gateway.create("Calls", values, key=alert.key)


def from_settings(settings: Settings) -> VoiceNotifier:
    """Use the account for texts where calls have none of their own."""
    own = bool(settings.voice_account)
    token = settings.voice_token if own else settings.sms_token
    twilio = own or settings.sms_gateway == "twilio"
    return VoiceNotifier(
        Account(
            url=settings.voice_gateway_url if own else settings.sms_gateway_url,
            account=(settings.voice_account or settings.sms_account) if twilio else "",
            token=token.get_secret_value(),
            sender=settings.voice_sender or settings.sms_sender,
        )
    )


def spoken(alert: Alert) -> str:
    """Say what happened and why; addresses and links are of no use to an ear."""
    if alert.rendered.text:
        return one_line(wording(alert).sentence)[:_LONGEST_TEXT]
    cause = one_line(alert.cause)[:_LONGEST_CAUSE]
    notified = alert.event in {AlertEvent.UP, AlertEvent.MISSED}
    more = "To agree, press 1." if alert.confirm_link else cause
    return f"{wording(alert).sentence} {'' if notified else more}".strip()


def twiml(text: str, *, confirm_link: str = "") -> str:
    """Write what is read out; what is pressed meanwhile, if anything, is posted to the link."""
    lengths = range(len(text), -1, -1)
    said = next(cut for n in lengths if len(cut := escape(text[:n])) <= _LONGEST_ESCAPED)
    words = f'<Pause length="1"/><Say>{said}</Say><Pause length="1"/><Say>Again: {said}</Say>'
    if confirm_link:
        asked = f'action={quoteattr(confirm_link)} method="POST" numDigits="1" timeout="10"'
        words = f"<Gather {asked}>{words}</Gather>"
    return f"<Response>{words}</Response>"
