"""Alerts by email: over the operator's mail server, and which of its refusals are final."""

import re
import smtplib
import ssl
from email.headerregistry import Address
from email.message import EmailMessage
from typing import Annotated

import structlog
from pydantic import AfterValidator

from config.settings import Settings
from domain.alerting.alert import Alert
from notifiers.base import Destination, NotifierError, Receipt
from notifiers.email.message import compose, read_address
from notifiers.email.smtp import MailServer, deliver, parse
from notifiers.kind import ChannelSettings, Fingerprint
from notifiers.one_line import one_line

log = structlog.get_logger(__name__)

_SECONDS = 20.0
_LONGEST_ANSWER = 200
_PERMANENT = range(500, 600)
_LOGIN = range(530, 540)
_ENHANCED = re.compile(r"5\.([0-9]{1,3}\.[0-9]{1,3})\b")
# No such mailbox, domain or syntax; moved away; disabled; no mail for this domain.
_NO_MAILBOX = frozenset({"1.1", "1.2", "1.3", "1.6", "1.10", "2.1"})
# What says so where there is no such code (RFC 5321, 7504), unless its words are about something else.
_NO_MAILBOX_CODES = frozenset({550, 551, 553, 556})
_OTHER_WORDS = re.compile(r"relay|spam|black ?list|block|authenticat|policy", re.IGNORECASE)
_NO_RELAY = re.compile(
    r"relay(ing)? (access )?(denied|prohibited|not permitted|not allowed)"
    r"|(unable|refused|not permitted|not allowed) to relay",
    re.IGNORECASE,
)
_REFUSALS = (smtplib.SMTPSenderRefused, smtplib.SMTPDataError, smtplib.SMTPRecipientsRefused)


def _checked(text: str) -> str:
    return read_address(text).addr_spec


class EmailSettings(ChannelSettings):
    address: Annotated[str, AfterValidator(_checked)]

    def address_of(self, fingerprint: Fingerprint) -> str:  # noqa: ARG002 - nothing here is secret
        return self.address


class EmailNotifier:
    """Sends through one mail server, as one sender, within `seconds`."""

    def __init__(self, server: MailServer, sender: Address, *, seconds: float = _SECONDS) -> None:
        self._server = server
        self.sender = sender
        self._seconds = seconds

    def send(self, channel: Destination, alert: Alert) -> Receipt:
        recipient = recipient_of(channel.address)
        message = compose(alert, sender=self.sender, recipient=recipient)
        answer = self.post(message, recipient, key=alert.key)
        return Receipt(f"250 {answer}".rstrip(), answer)

    def post(self, message: EmailMessage, recipient: Address, *, key: str) -> str:
        """Hand a mail over, whatever it says; raises `NotifierError`."""
        try:
            answer = deliver(
                self._server,
                message,
                sender=self.sender.addr_spec,
                recipient=recipient.addr_spec,
                seconds=self._seconds,
            )
        except _REFUSALS as error:
            at_recipient = isinstance(error, smtplib.SMTPRecipientsRefused)
            raise _refused(*_code_and_text(error), at_recipient=at_recipient) from error
        except OSError as error:  # smtplib's own errors are OSErrors too
            # Only the class: the text may hold what was sent to log in.
            log.error("mail_server_failed", alert=key, error=type(error).__name__)  # noqa: TRY400 - no stack
            raise NotifierError(_failure(error), permanent=False) from error
        return one_line(answer)[:_LONGEST_ANSWER]


def from_settings(settings: Settings) -> EmailNotifier:
    return EmailNotifier(parse(settings.smtp_url.get_secret_value()), sender_of(settings))


def sender_of(settings: Settings) -> Address:
    """Return who mails of this system come from; raises `ValueError`."""
    name, _, address = settings.mail_sender.rpartition("<")
    plain = read_address(address.removesuffix(">"))
    return Address(one_line(name).strip('"'), plain.username, plain.domain)


def recipient_of(address: str) -> Address:
    """Read an address; one that is none raises a `NotifierError` that the channel is gone."""
    try:
        return read_address(address)
    except ValueError as error:
        raise NotifierError("This is not an email address.", channel_gone=True) from error


def _code_and_text(
    error: smtplib.SMTPResponseException | smtplib.SMTPRecipientsRefused,
) -> tuple[int, bytes | str]:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return next(iter(error.recipients.values()))
    return error.smtp_code, error.smtp_error


def _refused(code: int, text: bytes | str, *, at_recipient: bool) -> NotifierError:
    if code in _LOGIN:
        log.error("mail_server_wants_login", code=code)
        return NotifierError("The mail server refused the login of this service.", permanent=False)
    shown = one_line(text.decode(errors="replace") if isinstance(text, bytes) else text)
    if _NO_RELAY.search(shown):
        log.error("mail_server_does_not_relay", code=code)
        return NotifierError("The mail server does not relay mail for this service.")
    return NotifierError(
        f"The mail server answered {code} {shown}"[:_LONGEST_ANSWER],
        permanent=code in _PERMANENT,
        channel_gone=at_recipient and code in _PERMANENT and _says_no_mailbox(code, shown),
    )


def _says_no_mailbox(code: int, text: str) -> bool:
    """Tell whether it was the mailbox, and not our address, the size or a policy (RFC 3463)."""
    if found := _ENHANCED.match(text):
        return found[1] in _NO_MAILBOX
    return code in _NO_MAILBOX_CODES and not _OTHER_WORDS.search(text)


def _failure(error: OSError) -> str:
    match error:
        case smtplib.SMTPAuthenticationError():
            return "The mail server refused the login of this service."
        case ssl.SSLError():
            return "The connection to the mail server could not be secured."
        case smtplib.SMTPServerDisconnected() | TimeoutError():
            return "The mail server broke off the conversation or did not answer in time."
        case smtplib.SMTPException():
            return "The mail server could not be used."
    return "The mail server could not be reached."
