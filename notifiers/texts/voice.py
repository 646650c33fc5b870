"""Alerts by phone call: a gateway compatible with Twilio's Calls resource reads them out, twice."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from xml.sax.saxutils import escape, quoteattr

from config.settings import Settings
from domain.alerting.alert import ENDS, Alert, AlertEvent, spoken_duration
from notifiers.base import Destination, NotifierError, Receipt
from notifiers.one_line import one_line
from notifiers.posting import SECONDS
from notifiers.sentences import shortened, subject_and_sentence
from notifiers.texts.account import Account
from notifiers.texts.phone import PhoneSettings, is_number
from notifiers.texts.twilio import Twilio
from notifiers.wording import in_zone, lateness, name_of, named_parts, wording

__all__ = ["PhoneSettings", "VoiceNotifier", "account_of", "from_settings", "spoken", "twiml"]

_LONGEST_CAUSE = 200
_LONGEST_NAME = 100
_LONGEST_TEXT = 600
# What is said may have 4,000 characters with its markup, and it is said twice.
_LONGEST_ESCAPED = 1750
_SECONDS_OF_RINGING = "40"
_WITHOUT_CAUSE = ENDS | {AlertEvent.ACKNOWLEDGED}
_URL = re.compile(
    r"\b[a-z][a-z0-9+.-]{0,20}://(?:[^\s/@]*@)?([^\s/:?#]+)(?:\S*[^\s.,;:!?)])?", re.IGNORECASE
)
_RANGE = re.compile(r"\b([0-9]{1,3})-([0-9]{1,3})\b(?!-)")
_UNITS = {"d": "day", "h": "hour", "min": "minute", "s": "second", "ms": "millisecond"}
_UNIT = re.compile(r"\b([0-9]+(?:[.,][0-9]+)*) (d|h|min|s|ms)\b")


class VoiceNotifier:
    def __init__(self, account: Account, *, seconds: float = SECONDS) -> None:
        self._account = account
        self._gateway = Twilio(account, name="The voice gateway", seconds=seconds)

    def send(self, channel: Destination, alert: Alert) -> Receipt:
        if not self._account.account:
            raise NotifierError("This service has no voice gateway.", permanent=True)
        if not is_number(channel.address):
            raise NotifierError("This is not a phone number.", channel_gone=True)
        values = {
            "To": channel.address,
            "Twiml": twiml(spoken(alert), key_link=alert.confirm_link or alert.call_link),
            "Timeout": _SECONDS_OF_RINGING,
        }
        return self._gateway.create("Calls", values, key=alert.key)


def from_settings(settings: Settings) -> VoiceNotifier:
    return VoiceNotifier(account_of(settings))


def account_of(settings: Settings) -> Account:
    """Return the account for calls, or the one for texts where calls have none of their own."""
    own = bool(settings.voice_account)
    token = settings.voice_token if own else settings.sms_token
    twilio = own or settings.sms_gateway == "twilio"
    return Account(
        url=settings.voice_gateway_url if own else settings.sms_gateway_url,
        account=(settings.voice_account or settings.sms_account) if twilio else "",
        token=token.get_secret_value(),
        sender=settings.voice_sender or settings.sms_sender,
    )


def spoken(alert: Alert) -> str:
    """Return what happened, why, since when and what to do, in words for the ear."""
    if alert.rendered.text:
        return one_line(wording(alert).sentence)[:_LONGEST_TEXT]
    name = _audible(name_of(alert))[:_LONGEST_NAME]
    parts = (
        _sentence(alert, name),
        *_more(alert),
        _audible(lateness(alert)),
    )
    return " ".join(part for part in parts if part)


def _sentence(alert: Alert, name: str) -> str:
    subject, sentence = subject_and_sentence(alert, name, duration=_said, with_cause=False)
    # Its sentence is about a date, which is hard to follow.
    return f"{_audible(subject)}." if alert.headline else sentence


def _said(duration: timedelta) -> str:
    return _audible(spoken_duration(duration))


def _more(alert: Alert) -> Iterator[str]:
    if alert.confirm_link:
        yield "To confirm, press 1."
    elif alert.event is AlertEvent.DIGEST:
        yield shortened(_audible(named_parts(alert)), _LONGEST_CAUSE)
    elif alert.event not in _WITHOUT_CAUSE and not alert.headline:
        yield shortened(_audible(one_line(alert.cause)), _LONGEST_CAUSE)
        if alert.started_at:
            yield f"It started at {_time(alert.started_at, alert.time_zone)}."
    if alert.call_link:
        yield "To acknowledge, press 1."


def _time(time: datetime, zone: str) -> str:
    """Return a time in the reader's zone, for the ear: the reader knows which zone that is."""
    local = in_zone(time, zone)
    utc = " UTC" if local.tzname() == "UTC" else ""
    return f"{local:%H:%M}{utc} on {local.day} {local:%B}"


def _audible(text: str) -> str:
    """Replace what nobody can follow by ear: addresses by their host, and short units."""
    text = _URL.sub(r"\1", text)
    text = _RANGE.sub(r"\1 to \2", text)
    return _UNIT.sub(lambda found: f"{found[1]} {_UNITS[found[2]]}{'s' * (found[1] != '1')}", text)


def twiml(text: str, *, key_link: str = "") -> str:
    """Write what is read out. A key that is pressed meanwhile is posted to the link."""
    lengths = range(len(text), -1, -1)
    said = next(cut for n in lengths if len(cut := escape(text[:n])) <= _LONGEST_ESCAPED)
    words = f'<Pause length="1"/><Say>{said}</Say><Pause length="1"/><Say>I repeat: {said}</Say>'
    if key_link:
        asked = f'action={quoteattr(key_link)} method="POST" numDigits="1" timeout="10"'
        words = f"<Gather {asked}>{words}</Gather>"
    return f"<Response>{words}</Response>"
