"""Mails to the operator about the health of the system itself: they need the mail server only."""

from collections.abc import Sequence
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import make_msgid

from config.settings import Settings
from notifiers.email.email import sender_of
from notifiers.email.message import read_address
from notifiers.email.smtp import MailServer, deliver, parse

UNHEALTHY = "Unhealthy"
HEALTHY_AGAIN = "Healthy again"
CHECKS_MISSED = "Checks missed"
_SECONDS = 20.0


class OperatorMail:
    """Writes to one address. `system` is the address of the system: an operator may have several."""

    def __init__(
        self, server: MailServer, *, sender: Address, recipient: Address, system: str
    ) -> None:
        self._server = server
        self._sender = sender
        self._recipient = recipient
        self._system = system

    @classmethod
    def from_settings(cls, settings: Settings) -> "OperatorMail":
        """Read those of this process; raises `ValueError` for what cannot be written to."""
        return cls(
            parse(settings.smtp_url.get_secret_value()),
            sender=sender_of(settings),
            recipient=read_address(settings.operator_email),
            system=settings.public_url,
        )

    def began(self, problems: Sequence[str]) -> None:
        """Report what is wrong; raises `OSError` if the mail server does not accept it."""
        lines = "\n".join(f"* {problem}" for problem in problems)
        opening = f"{self._system} is unhealthy and may miss outages:"
        self._send(UNHEALTHY, f"{opening}\n\n{lines}\n\n{_what_to_do(self._system)}")

    def over(self) -> None:
        """Report the recovery; raises `OSError` if the mail server does not accept it."""
        self._send(HEALTHY_AGAIN, f"{self._system} is healthy again. All parts work.")

    def stalled(self, sentence: str) -> None:
        """Report missed checks; raises `OSError` if the mail server does not accept it."""
        self._send(CHECKS_MISSED, f"{sentence}\n\n{_UNKNOWN}")

    def _send(self, what: str, text: str) -> None:
        message = EmailMessage(policy=SMTP)
        message["From"] = self._sender
        message["To"] = self._recipient
        message["Subject"] = f"{what}: Downtime Monitor at {self._system}"
        message["Date"] = datetime.now(UTC)
        message["Message-ID"] = make_msgid(domain=self._sender.domain)
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(f"{text}\n", cte="quoted-printable")
        deliver(
            self._server,
            message,
            sender=self._sender.addr_spec,
            recipient=self._recipient.addr_spec,
            seconds=_SECONDS,
        )


_UNKNOWN = (
    "Monitors show this time as unknown: it counts neither as up nor as down. Outages in this time"
    " may have been missed."
)


def _what_to_do(system: str) -> str:
    return (
        f"State of each part: {system}/readyz\n"
        "Causes and remedies: docs/operations/runbook.md, section Alerts to the operator\n\n"
        "One more message follows when the system is healthy again."
    )
