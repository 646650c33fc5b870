"""What a kind of channel would show of an alert, without sending anything."""

from dataclasses import dataclass

from domain.alerting.alert import Alert
from notifiers import pagerduty
from notifiers.email import message as email_message
from notifiers.texts import sms_text, voice
from notifiers.texts.segments import segments
from notifiers.webhook import body as webhook_body
from notifiers.wording import wording


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What a kind does not have is null. `segments` are the messages that a text is paid as."""

    kind: str
    subject: str | None = None
    text: str | None = None
    html: str | None = None
    body: str | None = None
    segments: int | None = None


def preview(kind: str, alert: Alert) -> Preview:
    match kind:
        case "email":
            subject, text, html = email_message.words_of(alert)
            return Preview(kind=kind, subject=subject, text=text, html=html)
        case "sms":
            text = sms_text.text_of(alert)
            return Preview(kind=kind, text=text, segments=segments(text))
        case "voice":
            return Preview(kind=kind, text=voice.spoken(alert))
        case "webhook":
            return Preview(
                kind=kind, body=alert.rendered.body or webhook_body.encoded(alert).decode()
            )
        case "pagerduty":
            return _pagerduty(alert)
    return _chat(kind, alert)


def _pagerduty(alert: Alert) -> Preview:
    subject, details, links = pagerduty.shown(alert)
    lines = (f"{label}: {value}" for label, value in (*details, *links))
    return Preview(kind="pagerduty", subject=subject, text="\n".join(lines))


def _chat(kind: str, alert: Alert) -> Preview:
    words = wording(alert)
    lines = (f"{label}: {value}" for label, value in (*words.facts, *words.links))
    return Preview(kind=kind, subject=words.subject, text="\n".join([words.shortened, *lines]))
