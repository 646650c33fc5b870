"""Mails to people about their accounts: plain text, in the words of this service alone."""

from dataclasses import dataclass
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP

from config.settings import Settings
from domain.alerting.account_event import AccountEvent, AccountMailContent
from notifiers.email import email
from notifiers.email.email import EmailNotifier
from notifiers.wording import one_line

_LONGEST_FACT = 100


@dataclass(frozen=True, slots=True)
class _Words:
    """`{system}` is where this service is."""

    subject: str
    text: str
    end: str = "You get this since this address is that of an account at {system}."


_SOMEBODY = "Somebody gave this address. If you do nothing, you will hear no more of it."
_NOT_YOU = "If it was not you, set a new password at once: ask for one by POST /api/v1/auth/forgot-password."

_WORDS = {
    AccountEvent.REGISTRATION: _Words(
        "Confirm your account",
        "Somebody registered with this address at {system}. If it was you, open this link within"
        " 24 hours and give the password that you chose.",
        _SOMEBODY,
    ),
    AccountEvent.PASSWORD_RESET: _Words(
        "Set a new password",
        "Somebody asked for a new password of your account at {system}. If it was you, open this"
        " link within 30 minutes. If not, do nothing: the password stays as it is.",
    ),
    AccountEvent.INVITATION: _Words(
        "You are invited",
        "You are invited to an organization at {system}. Open this link within seven days to join.",
        _SOMEBODY,
    ),
    AccountEvent.EMAIL_ALLOW: _Words(
        "Another address for your account",
        "Somebody who knows your password asked to change the address of your account at {system}."
        " If it was you, open this link within 24 hours. If not, do nothing, and set a new password.",
    ),
    AccountEvent.EMAIL_CONFIRM: _Words(
        "Confirm your address",
        "Somebody wants to use this address for an account at {system}. If it was you, open this"
        " link within 24 hours.",
        _SOMEBODY,
    ),
    AccountEvent.PASSWORD_CHANGED: _Words(
        "Your password was changed",
        f"The password of your account at {{system}} was changed, and other sessions were ended. {_NOT_YOU}",
    ),
    AccountEvent.EMAIL_CHANGED: _Words(
        "The address of your account was changed",
        "The address of your account at {system} was changed. If it was not you, tell whoever runs"
        " it, and quote this mail.",
    ),
    AccountEvent.FAILED_LOGINS: _Words(
        "Failed logins",
        "Somebody tried several wrong passwords for your account at {system}. They did not get in,"
        " and have to wait longer after each further try. If it was you and you forgot it, ask for a"
        " new password. If not, there is nothing to do.",
    ),
    AccountEvent.SECOND_FACTOR_ON: _Words(
        "Your account has a second factor",
        "From now on a login to your account at {system} takes a code of your authenticator app, too."
        f" Other sessions were ended. {_NOT_YOU}",
    ),
    AccountEvent.SECOND_FACTOR_OFF: _Words(
        "Your account has no second factor any more",
        f"A login to your account at {{system}} takes no code of an app any more. {_NOT_YOU}",
    ),
    AccountEvent.RECOVERY_CODE_USED: _Words(
        "A recovery code was used",
        "Somebody used one of the recovery codes of your account at {system}, in place of a code of"
        f" the app. {_NOT_YOU}",
    ),
    AccountEvent.MACHINE_MADE: _Words(
        "A new key to your organization",
        "A machine was given access to your organization at {system}. If nobody of you did that,"
        " delete it, and remove the member who made it.",
        "You get this since you own this organization.",
    ),
    AccountEvent.ORGANIZATION_DELETED: _Words(
        "Your organization was deleted",
        "An organization that you belonged to at {system} was deleted by its owner. Nothing is"
        " watched any more, nobody can log in to it, and its data are being erased.",
        "You get this since you were a member of it.",
    ),
    AccountEvent.ACCOUNT_DELETED: _Words(
        "Your account was deleted",
        "Your account at {system} was deleted, as you asked.",
        "This is the last mail.",
    ),
}
_KNOWN = _Words(
    "You have an account",
    "Somebody tried to register with this address at {system}, where it has an account. If it was"
    " you, log in, or ask for a new password if you forgot it. If not, there is nothing to do.",
)


class AccountMailer:
    """Writes to people, through the mail server that alerts go through."""

    def __init__(self, mails: EmailNotifier) -> None:
        self._mails = mails

    @classmethod
    def from_settings(cls, settings: Settings) -> "AccountMailer":
        return cls(email.from_settings(settings))

    def send(self, content: AccountMailContent) -> str:
        """Hand the mail over and return the answer; raises `NotifierError`."""
        recipient = email.recipient_of(content.address)
        message = compose(content, sender=self._mails.sender, recipient=recipient)
        return self._mails.post(message, recipient, key=content.key)


def compose(content: AccountMailContent, *, sender: Address, recipient: Address) -> EmailMessage:
    """Write the mail; whatever the attempt, the same letter has the same Message-ID."""
    words = _KNOWN if content.is_known else _WORDS[content.event]
    message = EmailMessage(policy=SMTP)
    message["From"] = sender
    message["To"] = recipient
    message["Subject"] = words.subject
    message["Date"] = datetime.now(UTC)
    message["Message-ID"] = f"<{content.key}@{sender.domain}>"
    # Tells answering machines to stay silent (RFC 3834).
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(_text(words, content), cte="quoted-printable")
    return message


def _text(words: _Words, content: AccountMailContent) -> str:
    """Put the text, the facts and the link together; what users wrote is cut, and on its own line."""
    width = max((len(label) for label, _ in content.facts), default=0) + 2
    facts = "\n".join(
        f"{label + ':':<{width}}{one_line(value)[:_LONGEST_FACT]}" for label, value in content.facts
    )
    parts = [words.text.format(system=content.system), facts, content.link]
    body = "\n\n".join(part for part in parts if part)
    return f"{body}\n\n-- \n{words.end.format(system=content.system)}\n"
