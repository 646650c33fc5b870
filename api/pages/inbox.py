"""The messages of the local sinks in development: mails and texts, newest first."""

import json
from dataclasses import asdict, dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

_MOST = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    file: str
    sender: str
    to: str
    subject: str
    date: str
    message_id: str
    text: str


@dataclass(frozen=True, slots=True)
class Inbox:
    mails: list[Mail]
    texts: list[dict[str, Any]]

    def as_json(self) -> dict[str, Any]:
        return {"mails": [asdict(mail) for mail in self.mails], "texts": self.texts}


def read(directory: Path) -> Inbox:
    """Read `mail/*.eml` and `sms/*.json` below the directory, if there are any."""
    mails = [_mail(path) for path in _newest(directory / "mail", "*.eml")]
    texts = [_text(path) for path in _newest(directory / "sms", "*.json")]
    return Inbox(mails, texts)


def _newest(directory: Path, pattern: str) -> list[Path]:
    # The sinks name a file by its time of arrival, and only when it is complete.
    return sorted(directory.glob(pattern), reverse=True)[:_MOST]


def _mail(path: Path) -> Mail:
    message = message_from_bytes(path.read_bytes(), policy=policy.default)
    return Mail(
        file=path.name,
        sender=str(message["From"] or ""),
        to=str(message["To"] or ""),
        subject=str(message["Subject"] or ""),
        date=str(message["Date"] or ""),
        message_id=str(message["Message-ID"] or ""),
        text=_plain_text(message),
    )


def _plain_text(message: EmailMessage) -> str:
    body = message.get_body(("plain",))
    return str(body.get_content()) if body else ""


def _text(path: Path) -> dict[str, Any]:
    return {"file": path.name, **json.loads(path.read_bytes())}
