"""What an alert looks like as an email: text and HTML, threaded, safe with any name."""

from datetime import UTC, datetime
from email import policy
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from html import escape

from domain.alert import Alert, AlertEvent
from notifiers.wording import Wording, wording

_FOOTER = "You get this since you are in a contact group of this monitor."


def compose(alert: Alert, *, sender: Address, recipient: Address) -> EmailMessage:
    """Write the message; whatever the attempt, the same alert has the same Message-ID."""
    words = wording(alert)
    message = EmailMessage(policy=policy.SMTP)
    message["From"] = sender
    message["To"] = recipient
    message["Subject"] = words.subject
    message["Date"] = datetime.now(UTC)
    message["Message-ID"] = _message_id(alert.key, sender)
    if alert.event is not AlertEvent.DOWN:
        message["In-Reply-To"] = message["References"] = _message_id(alert.outage_key, sender)
    # Tells answering machines to stay silent (RFC 3834).
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(_text(words), cte="quoted-printable")
    message.add_alternative(_html(words), subtype="html", cte="quoted-printable")
    return message


def read_address(text: str) -> Address:
    """Return the one address that `text` is, its domain in ASCII; raises `ValueError` otherwise."""
    try:
        address = Address(addr_spec=text)
        return Address(username=address.username, domain=_ascii(address.domain))
    except (ValueError, MessageError, IndexError) as error:
        raise ValueError("This is not an email address.") from error


def _ascii(domain: str) -> str:
    return domain if domain.isascii() else domain.encode("idna").decode()


def _message_id(key: str, sender: Address) -> str:
    return f"<{key}@{sender.domain}>"


def _text(words: Wording) -> str:
    width = max(len(label) for label, _ in words.facts) + 2
    facts = "\n".join(f"{label + ':':<{width}}{value}" for label, value in words.facts)
    return f"{words.sentence}\n\n{facts}\n\n-- \n{_FOOTER}\n"


def _html(words: Wording) -> str:
    rows = "".join(
        f'<tr><th align="left" style="padding-right:1em">{escape(label)}</th>'
        f"<td>{escape(value)}</td></tr>"
        for label, value in words.facts
    )
    return (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">'
        f"<title>{escape(words.subject)}</title></head>"
        '<body style="font-family:sans-serif">'
        f"<p><strong>{escape(words.sentence)}</strong></p><table>{rows}</table>"
        f'<p style="color:#666">{escape(_FOOTER)}</p></body></html>\n'
    )
