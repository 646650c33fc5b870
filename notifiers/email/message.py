"""What an alert looks like as an email: text and HTML, threaded, safe with any name."""

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
from notifiers.wording import Wording, lateness, wording

_FOOTERS = {
    AlertEvent.CONFIRM: "Somebody gave this address. If you do nothing, you will hear no more.",
    AlertEvent.CHANNEL_DISABLED: "You get this since you own this organization.",
    AlertEvent.QUOTA: "You get this since you own this organization.",
}
_FOOTER = "You get this since you are to be told about this monitor."
_GENERAL = "You get this since you are a contact of this organization."


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
    return words.subject, _text(words, footer), _html(alert, words, footer)


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
    """Return why somebody gets this, and where to say that it shall be the last."""
    usual = _FOOTER if alert.monitor_name else _GENERAL
    if alert.unsubscribe_link and alert.event is not AlertEvent.CONFIRM:
        # To a contact. Notices to owners, at the address that they log in with, have no link.
        return usual, alert.unsubscribe_link
    return _FOOTERS.get(alert.event, usual), alert.unsubscribe_link


def _text(words: Wording, footer: tuple[str, str]) -> str:
    lines = (*words.facts, *words.links)
    width = max((len(label) for label, _ in lines), default=0) + 2
    facts = "\n".join(f"{label + ':':<{width}}{value}" for label, value in lines)
    reason, unsubscribe = footer
    end = f"{reason}\nNo more of these: {unsubscribe}" if unsubscribe else reason
    return f"{words.sentence}\n\n{facts}\n\n-- \n{end}\n"


def _html(alert: Alert, words: Wording, footer: tuple[str, str]) -> str:
    # The organization's own HTML stands for the facts, but neither for the links nor the footer.
    facts = () if alert.rendered.html else words.facts
    # A link in full is wider than a telephone; what may break anywhere makes no page wider.
    rows = "".join(
        f'<tr><th align="left" style="padding-right:1em">{escape(label)}</th>'
        f'<td style="word-break:break-word">{value}</td></tr>'
        for label, value in (
            *((label, escape(value)) for label, value in facts),
            *((label, _anchor(link, link)) for label, link in words.links),
        )
    )
    reason, unsubscribe = footer
    end = f" {_anchor(unsubscribe, 'Unsubscribe')}" if unsubscribe else ""
    return (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">'
        f"<title>{escape(words.subject)}</title></head>"
        '<body style="font-family:sans-serif">'
        f"{_said(alert, words)}<table>{rows}</table>"
        f'<p style="color:#666">{escape(reason)}{end}</p></body></html>\n'
    )


def _said(alert: Alert, words: Wording) -> str:
    if alert.rendered.html:
        return f"<div>{alert.rendered.html}</div><p>{lateness(alert)}</p>"
    if alert.rendered.text:
        return f'<p style="white-space:pre-line">{escape(words.sentence)}</p>'
    return f"<p><strong>{escape(words.sentence)}</strong></p>"


def _anchor(link: str, text: str) -> str:
    return f'<a href="{escape(link)}">{escape(text)}</a>'
