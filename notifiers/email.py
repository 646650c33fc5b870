"""Alerts by email: over the operator's mail server, and which of its refusals are final."""

import smtplib
import ssl
from email.headerregistry import Address

import structlog

from config.settings import Settings
from domain.alert import Alert
from notifiers.base import NotifierError
from notifiers.email_message import compose, read_address
from notifiers.smtp import MailServer, deliver, parse
from notifiers.wording import one_line

log = structlog.get_logger(__name__)

_SECONDS = 20.0
_LONGEST_ANSWER = 200
_PERMANENT = range(500, 600)
_LOGIN = range(530, 540)
_REFUSALS = (smtplib.SMTPSenderRefused, smtplib.SMTPDataError, smtplib.SMTPRecipientsRefused)


class EmailNotifier:
    """Sends through one mail server, as one sender, within `seconds`."""

    def __init__(self, server: MailServer, sender: Address, *, seconds: float = _SECONDS) -> None:
        self._server = server
        self._sender = sender
        self._seconds = seconds

    def send(self, address: str, alert: Alert) -> str | None:
        recipient = _recipient(address)
        message = compose(alert, sender=self._sender, recipient=recipient)
        try:
            answer = deliver(
                self._server,
                message,
                sender=self._sender.addr_spec,
                recipient=recipient.addr_spec,
                seconds=self._seconds,
            )
        except _REFUSALS as error:
            raise _refused(*_code_and_text(error)) from error
        except OSError as error:  # smtplib's own errors are OSErrors too
            # Only the class: the text may hold what was sent to log in.
            log.error("mail_server_failed", alert=alert.key, error=type(error).__name__)  # noqa: TRY400 - no stack
            raise NotifierError(_trouble(error), permanent=False) from error
        return one_line(answer)[:_LONGEST_ANSWER]


def from_settings(settings: Settings) -> EmailNotifier:
    name, _, address = settings.mail_sender.rpartition("<")
    plain = read_address(address.removesuffix(">"))
    sender = Address(one_line(name).strip('"'), plain.username, plain.domain)
    return EmailNotifier(parse(settings.smtp_url.get_secret_value()), sender)


def _recipient(address: str) -> Address:
    try:
        return read_address(address)
    except ValueError as error:
        raise NotifierError("This is not an email address.", permanent=True) from error


def _code_and_text(
    error: smtplib.SMTPResponseException | smtplib.SMTPRecipientsRefused,
) -> tuple[int, bytes | str]:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return next(iter(error.recipients.values()))
    return error.smtp_code, error.smtp_error


def _refused(code: int, text: bytes | str) -> NotifierError:
    if code in _LOGIN:
        log.error("mail_server_wants_login", code=code)
        return NotifierError("The mail server refused the login of this service.", permanent=False)
    shown = text.decode(errors="replace") if isinstance(text, bytes) else text
    return NotifierError(
        f"The mail server answered {code} {one_line(shown)}"[:_LONGEST_ANSWER],
        permanent=code in _PERMANENT,
    )


def _trouble(error: OSError) -> str:
    match error:
        case smtplib.SMTPAuthenticationError():
            return "The mail server refused the login of this service."
        case ssl.SSLError():
            return "The connection to the mail server could not be secured."
        case smtplib.SMTPServerDisconnected() | TimeoutError():
            return "The mail server broke off or did not answer in time."
        case smtplib.SMTPException():
            return "The mail server could not be used."
    return "The mail server could not be reached."
