"""A notifier of mails, and reading what a sink got from it."""

from email import message_from_bytes, policy
from email.headerregistry import Address
from email.message import EmailMessage

from devstack.sinks.smtp import MailSink
from notifiers.base import Destination
from notifiers.email.email import EmailNotifier
from notifiers.email.smtp import parse

SENDER = Address("Downtime Monitor", "alerts", "downtime.example")
ANN = "ann@example.org"
TO_ANN = Destination(ANN)


def notifier(url: str, *, seconds: float = 5) -> EmailNotifier:
    return EmailNotifier(parse(url), SENDER, seconds=seconds)


def mails(sink: MailSink) -> list[EmailMessage]:
    files = sorted(sink.directory.glob("*.eml"))
    return [message_from_bytes(file.read_bytes(), policy=policy.default) for file in files]


def body(mail: EmailMessage, kind: str) -> str:
    part = mail.get_body((kind,))
    assert isinstance(part, EmailMessage)
    return str(part.get_content()).replace("\r\n", "\n")
