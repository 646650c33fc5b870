"""Mails to people about their accounts: plain text, worded by this service alone."""

from dataclasses import dataclass
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP

from config.settings import Settings
from domain.alerting.account_event import AccountEvent, AccountMailContent
from notifiers.email import email
from notifiers.email.email import EmailNotifier
from notifiers.one_line import one_line

_LONGEST_FACT = 100


@dataclass(frozen=True, slots=True)
class _Words:
    """`{system}` is the address of this service."""

    subject: str
    text: str
    end: str = "You receive this because you have an account at {system} with this address."


_SOMEBODY = "Somebody entered this address. If you do nothing, you receive no further messages."
_NOT_YOU = "If this was not you, set a new password at once: {system}/forgot"

_WORDS = {
    AccountEvent.REGISTRATION: _Words(
        "Confirm your account",
        "Somebody registered at {system} with this address. If this was you, open this link within"
        " 24 hours and enter the password that you chose. If not, ignore this message.",
        _SOMEBODY,
    ),
    AccountEvent.PASSWORD_RESET: _Words(
        "Set a new password",
        "Somebody requested a new password for your account at {system}. If this was you, open this"
        " link within 30 minutes. If not, ignore this message: your password stays the same.",
    ),
    AccountEvent.INVITATION: _Words(
        "Invitation to an organization",
        "You are invited to join an organization at {system}. To join, open this link within seven"
        " days.",
        _SOMEBODY,
    ),
    AccountEvent.EMAIL_ALLOW: _Words(
        "Approve the new address of your account",
        "Somebody who knows your password asked to change the address of your account at {system}."
        " If this was you, open this link within 24 hours. If not, do not open it, and set a new"
        " password at {system}/forgot",
    ),
    AccountEvent.EMAIL_CONFIRM: _Words(
        "Confirm your address",
        "Somebody wants to use this address for an account at {system}. If this was you, open this"
        " link within 24 hours. If not, ignore this message.",
        _SOMEBODY,
    ),
    AccountEvent.PASSWORD_CHANGED: _Words(
        "Password changed",
        "The password of your account at {system} was changed. All other sessions were ended."
        f" {_NOT_YOU}",
    ),
    AccountEvent.EMAIL_CHANGED: _Words(
        "Address of your account changed",
        "The address of your account at {system} was changed. If this was not you, contact the"
        " operator of this service and include this message.",
    ),
    AccountEvent.FAILED_LOGINS: _Words(
        "Failed logins to your account",
        "Somebody entered several wrong passwords for your account at {system}. None of these logins"
        " succeeded, and each further attempt has to wait longer. If this was you and you forgot your"
        " password, request a new one. If not, you need not do anything.",
    ),
    AccountEvent.SECOND_FACTOR_ON: _Words(
        "Second factor enabled",
        "Logging in to your account at {system} now requires a code from your authenticator app."
        f" All other sessions were ended. {_NOT_YOU}",
    ),
    AccountEvent.SECOND_FACTOR_OFF: _Words(
        "Second factor removed",
        "Logging in to your account at {system} no longer requires a code from an authenticator app."
        f" {_NOT_YOU}",
    ),
    AccountEvent.RECOVERY_CODE_USED: _Words(
        "Recovery code used",
        "A recovery code was used to log in to your account at {system}, instead of a code from the"
        f" authenticator app. {_NOT_YOU}",
    ),
    AccountEvent.NEW_DEVICE: _Words(
        "Login from a new device",
        "Somebody logged in to your account at {system} from a device or a network that was not used"
        " before. If this was you, you need not do anything. If it was not you, open this link within"
        " seven days: it ends all sessions and asks for a new password.",
    ),
    AccountEvent.PASSKEY_ADDED: _Words(
        "Passkey added",
        "A passkey was added to your account at {system}. It can log in without the password."
        f" {_NOT_YOU}",
    ),
    AccountEvent.PASSKEY_REMOVED: _Words(
        "Passkey removed",
        "A passkey was removed from your account at {system}, and can no longer log in."
        f" {_NOT_YOU}",
    ),
    AccountEvent.SSO_BYPASSED: _Words(
        "Login without single sign-on",
        "An owner logged in to your organization without its identity provider, by a password or a"
        " passkey, and a second factor. If nobody of you did this, remove that owner at once.",
        "You receive this because you are an owner of this organization at {system}.",
    ),
    AccountEvent.MACHINE_MADE: _Words(
        "New access to your organization",
        "A machine was given access to your organization at {system}. If no member of your"
        " organization intended this, delete the access and remove the member who created it.",
        "You receive this because you own this organization.",
    ),
    AccountEvent.ORGANIZATION_CLOSED: _Words(
        "Organization deleted",
        "An owner deleted an organization at {system} of which you are a member. Its monitors have"
        " stopped, and nobody can log in to it. Until the time below, an owner can restore it with the"
        " link in this message. Members receive no link. Afterwards its data is erased.",
        "You receive this because you are a member of this organization.",
    ),
    AccountEvent.ORGANIZATION_DELETED: _Words(
        "Organization erased",
        "An organization at {system} of which you were a member was deleted by an owner. Its data is"
        " now being erased, and nobody can restore it.",
        "You receive this because you were a member of this organization.",
    ),
    AccountEvent.ACCOUNT_CLOSED: _Words(
        "Account deleted",
        "Your account at {system} was deleted, as you requested. Nobody can log in to it. Until the"
        " time below, you can restore it with this link. Afterwards its data is erased.",
        "You receive no further messages.",
    ),
    AccountEvent.ORGANIZATION_SUSPENDED: _Words(
        "Organization suspended",
        "The operator of {system} suspended an organization that you own. Nobody can use it, and its"
        " checks stop. Outages that are open still end, and those who were told of them are told."
        " Everything is kept until the day below, and is then deleted. Ask the operator to end the"
        " suspension.",
        "You receive this because you own this organization.",
    ),
    AccountEvent.SUSPENSION_ENDING: _Words(
        "Suspended organization is about to be deleted",
        "An organization that you own at {system} is suspended. On the day below it is deleted, with"
        " its monitors and its history. That cannot be undone. Ask the operator to end the"
        " suspension before that day.",
        "You receive this because you own this organization.",
    ),
    AccountEvent.SUSPENSION_ENDED: _Words(
        "Organization no longer suspended",
        "The operator of {system} ended the suspension of an organization that you own. Its checks"
        " begin again within minutes.",
        "You receive this because you own this organization.",
    ),
    AccountEvent.FACTOR_RESET_ASKED: _Words(
        "Removal of your second factor requested",
        "An operator of {system} asks to remove the second factor of your account, because somebody"
        " said that it is lost. A second operator has to confirm that. If you did not ask for this,"
        " answer the operator at once: your second factor still works.",
    ),
    AccountEvent.FACTOR_RESET: _Words(
        "Second factor removed by the operator",
        "Two operators of {system} removed the second factor of your account, and ended all of its"
        " sessions. Log in with your password and set up a second factor again."
        f" {_NOT_YOU}",
    ),
}
_KNOWN = _Words(
    "You already have an account",
    "Somebody tried to register at {system} with this address, which already has an account. If this"
    " was you, log in, or request a new password if you forgot yours. If not, you need not do"
    " anything.",
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
    """Write the mail. Each attempt to send it has the same Message-ID."""
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
    """Join the text, the facts and the link. What users wrote is cut and stays on its own line."""
    width = max((len(label) for label, _ in content.facts), default=0) + 2
    facts = "\n".join(
        f"{label + ':':<{width}}{one_line(value)[:_LONGEST_FACT]}" for label, value in content.facts
    )
    parts = [words.text.format(system=content.system), facts, content.link]
    body = "\n\n".join(part for part in parts if part)
    return f"{body}\n\n-- \n{words.end.format(system=content.system)}\n"
