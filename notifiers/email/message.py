"""What an alert looks like as an email: text and HTML, threaded, safe for any name."""

from datetime import UTC, datetime
from email import policy
from email.errors import MessageError
from email.headerregistry import Address, BaseHeader, HeaderRegistry
from email.message import EmailMessage
from email.policy import Policy
from html import escape
from typing import Any

import idna

from domain.alerting.alert import Alert, AlertEvent
from notifiers.wording import Facts, Mood, Wording, lateness, wording

_OWNER = "You receive this because you own this organization."
_FOOTERS = {
    AlertEvent.CONFIRM: "Somebody entered this address. If you do nothing, you receive no further messages.",
    AlertEvent.CHANNEL_DISABLED: _OWNER,
    AlertEvent.QUOTA: _OWNER,
}
_FOOTER = "You receive this because you are a contact for this monitor."
_GENERAL = "You receive this because you are a contact of this organization."
_ACKNOWLEDGE = "Working on it? Acknowledge to stop reminders and escalation."
_BUTTONS = frozenset({"Confirm", "Acknowledge", "Acknowledge all"})

_COLOURS = {
    Mood.BAD: "#c62828",
    Mood.WARNING: "#b26a00",
    Mood.GOOD: "#2e7d32",
    Mood.NEUTRAL: "#1a5fb4",
}
# Legible on white and on black: mail programs choose the background.
_MUTED = "#767676"
_BODY = "margin:0;padding:16px;font-family:system-ui,-apple-system,'Segoe UI',Roboto,Arial,sans-serif;font-size:16px;line-height:1.5"
_BUTTON = "display:inline-block;padding:10px 20px;border-radius:6px;background-color:#1a5fb4;color:#ffffff;font-weight:bold;text-decoration:none"

_PLAIN_LINK = "display:inline-block;padding:10px 4px"


class _LinkHeader(BaseHeader):
    """A header that stays on one line: the usual one would write a long link as encoded words."""

    max_count = 1

    @classmethod
    def parse(cls, value: str, parts: dict[str, Any]) -> None:
        parts["parse_tree"], parts["decoded"] = None, value

    def fold(self, *, policy: Policy) -> str:
        return f"List-Unsubscribe: {self}{policy.linesep}"


_HEADERS = HeaderRegistry()
_HEADERS.map_to_type("list-unsubscribe", _LinkHeader)
_POLICY = policy.SMTP.clone(header_factory=_HEADERS)


def compose(alert: Alert, *, sender: Address, recipient: Address) -> EmailMessage:
    """Write the message; whatever the attempt, the same alert has the same Message-ID."""
    subject, text, html = words_of(alert)
    message = EmailMessage(policy=_POLICY)
    message["From"] = sender
    message["To"] = recipient
    message["Subject"] = subject
    message["Date"] = datetime.now(UTC)
    message["Message-ID"] = _message_id(alert.key, sender)
    if alert.outage_key and alert.outage_key != alert.key:
        message["In-Reply-To"] = message["References"] = _message_id(alert.outage_key, sender)
    # Tells answering machines to stay silent (RFC 3834).
    message["Auto-Submitted"] = "auto-generated"
    if alert.unsubscribe_link:
        # One click, without a page that would have to be opened (RFC 8058).
        message["List-Unsubscribe"] = f"<{alert.unsubscribe_link}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(text, cte="quoted-printable")
    message.add_alternative(html, subtype="html", cte="quoted-printable")
    return message


def words_of(alert: Alert) -> tuple[str, str, str]:
    """Return the subject, the text and the HTML of the mail about an alert."""
    words, footer = wording(alert), _footer(alert)
    return words.subject, _text(alert, words, footer), _html(alert, words, footer)


def read_address(text: str) -> Address:
    """Return the one address that `text` is, its domain in ASCII; raises `ValueError` otherwise."""
    try:
        address = Address(addr_spec=text)
        return Address(username=address.username, domain=_ascii(address.domain))
    except (ValueError, MessageError, IndexError) as error:
        raise ValueError("This is not an email address.") from error


def _ascii(domain: str) -> str:
    # By the rules of today: the older ones of the standard library write ß as ss, another domain.
    return domain if domain.isascii() else idna.encode(domain, uts46=True).decode()


def _message_id(key: str, sender: Address) -> str:
    return f"<{key}@{sender.domain}>"


def _footer(alert: Alert) -> tuple[str, str]:
    """Return why the reader receives the mail, and the link that unsubscribes."""
    usual = _FOOTER if alert.monitor_name else _GENERAL
    if alert.unsubscribe_link and alert.event is not AlertEvent.CONFIRM:
        # To a contact. Notices to owners, at the address that they log in with, have no link.
        return usual, alert.unsubscribe_link
    return _FOOTERS.get(alert.event, usual), alert.unsubscribe_link


def _text(alert: Alert, words: Wording, footer: tuple[str, str]) -> str:
    reason, unsubscribe = footer
    end = f"{reason}\nUnsubscribe: {unsubscribe}" if unsubscribe else reason
    todo = _ACKNOWLEDGE if alert.acknowledge_link else ""
    links = "\n".join(part for part in (todo, _aligned(words.links)) if part)
    facts = _listed(alert, words) if alert.parts else _aligned(words.facts)
    parts = (words.sentence, facts, links, f"-- \n{end}\n")
    return "\n\n".join(part for part in parts if part)


def _listed(alert: Alert, words: Wording) -> str:
    """Write the messages of a digest below one another, each with its own link to acknowledge."""
    links = _part_links(alert, words, words.facts)
    written = (
        f"* {label}: {value}" + (f"\n  Acknowledge: {link}" if link else "")
        for (label, value), link in zip(words.facts, links, strict=True)
    )
    return "\n".join(written)


def _part_links(alert: Alert, words: Wording, lines: Facts) -> list[str]:
    """Return the link of each line of a digest; the last line may only count the others."""
    counts_others = bool(lines) and words.uncounted > 0
    named = alert.parts[: len(lines) - counts_others]
    links = [part.acknowledge_link for part in named]
    return links + [""] * (len(lines) - len(links))


def _aligned(lines: Facts) -> str:
    width = max((len(label) for label, _ in lines), default=0) + 2
    return "\n".join(f"{label + ':':<{width}}{value}" for label, value in lines)


def _html(alert: Alert, words: Wording, footer: tuple[str, str]) -> str:
    # The organization's own HTML replaces the facts, but neither the links nor the footer.
    facts = () if alert.rendered.html else words.facts
    links = _part_links(alert, words, facts)
    # An address in full is wider than a telephone; what may break anywhere makes no page wider.
    rows = "".join(
        '<tr><th align="left" valign="top" style="padding:2px 16px 2px 0;font-weight:normal;'
        f'white-space:nowrap;color:{_MUTED}">{escape(label)}</th>'
        f'<td valign="top" style="padding:2px 0;word-break:break-word">{escape(value)}'
        f"{' ' + _anchor(link, 'Acknowledge', 'white-space:nowrap') if link else ''}</td></tr>"
        for (label, value), link in zip(facts, links, strict=True)
    )
    table = f'<table cellpadding="0" cellspacing="0" style="margin:16px 0">{rows}</table>'
    reason, unsubscribe = footer
    end = f" {_anchor(unsubscribe, 'Unsubscribe', f'color:{_MUTED}')}" if unsubscribe else ""
    return (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        '<meta name="color-scheme" content="light dark">'
        f"<title>{escape(words.subject)}</title><style>:root{{color-scheme:light dark}}</style></head>"
        f'<body style="{_BODY}"><div style="max-width:600px;margin:0 auto">'
        f"{_said(alert, words)}{table if rows else ''}{_todo(alert, words)}"
        f'<p style="margin:24px 0 0;font-size:13px;color:{_MUTED}">{escape(reason)}{end}</p>'
        "</div></body></html>\n"
    )


def _todo(alert: Alert, words: Wording) -> str:
    if not words.links:
        return ""
    hint = f'<p style="margin:16px 0 8px">{_ACKNOWLEDGE}</p>' if alert.acknowledge_link else ""
    buttons = " ".join(
        _anchor(link, label, _BUTTON if label in _BUTTONS else _PLAIN_LINK)
        for label, link in words.links
    )
    return f'{hint}<p style="margin:16px 0">{buttons}</p>'


def _said(alert: Alert, words: Wording) -> str:
    if alert.rendered.html:
        return f"<div>{alert.rendered.html}</div><p>{lateness(alert)}</p>"
    if alert.rendered.text:
        return f'<p style="white-space:pre-line">{escape(words.sentence)}</p>'
    colour = _COLOURS[words.mood]
    return (
        f'<p style="margin:0;padding:8px 0 8px 12px;border-left:4px solid {colour};'
        f'font-size:17px;font-weight:bold">{escape(words.sentence)}</p>'
    )


def _anchor(link: str, text: str, style: str) -> str:
    return f'<a href="{escape(link)}" style="{style}">{escape(text)}</a>'
