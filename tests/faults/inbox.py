"""What arrived at the mail server and the SMS gateway of a stack, as messages in the oracle's terms."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default
from pathlib import Path

from tests.faults.evidence import Message

_SUBJECT = re.compile(r"(Down|Up|Ended):? (Site \d\d)\b", re.IGNORECASE)


def read(directory: Path) -> Iterator[tuple[str, Message]]:
    """Yield each message with the name of the monitor that it is about."""
    for path in sorted((directory / "mail").glob("*.eml")):
        mail = message_from_bytes(path.read_bytes(), policy=default)
        event, name = _subject(mail["Subject"])
        yield (
            name,
            Message(_arrival(path), "email", mail["X-Envelope-To"], event, mail["Message-ID"]),
        )
    for path in sorted((directory / "sms").glob("*.json")):
        sms = json.loads(path.read_text())
        event, name = _subject(sms["body"])
        yield name, Message(_arrival(path), "sms", sms["to"], event, sms["idempotency_key"])


def _subject(text: str) -> tuple[str, str]:
    """Read `Down: Site 07` or `UP Site 07. Was down 35 s`: the event and the monitor's name."""
    found = _SUBJECT.match(text)
    return (found[1].lower(), found[2]) if found else ("unreadable", text)


def _arrival(path: Path) -> float:
    moment = datetime.strptime(path.name.partition("-")[0], "%Y%m%dT%H%M%S.%fZ")  # noqa: DTZ007 - said to be UTC below
    return moment.replace(tzinfo=UTC).timestamp()
