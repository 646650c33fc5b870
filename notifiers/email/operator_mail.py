"""A mail to the operator that the system itself is not well: it needs the mail server and nothing else."""

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

_SECONDS = 20.0


class OperatorMail:
    """Writes to one address. `system` is where the system is, since an operator may have several."""

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
        """Say what is wrong; raises `OSError` if the mail server does not take it."""
        lines = "\n".join(f"* {problem}" for problem in problems)
        self._send(
            "Not well", f"{self._system} is not well. It may miss outages.\n\n{lines}\n\n{_MORE}"
        )

    def over(self) -> None:
        """Say that it is over; raises `OSError` if the mail server does not take it."""
        self._send("Well again", f"{self._system} is well again.")

    def stalled(self, sentence: str) -> None:
        """Say that checks were missed; raises `OSError` if the mail server does not take it."""
        self._send("Checks were missed", f"{sentence}\n\n{_UNKNOWN}")

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
    "In the history of the monitors this time is unknown: it counts neither as up nor as down."
)
_MORE = "/readyz has the state of each part. There will be one more message, when it is over."
