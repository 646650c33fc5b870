"""What arrived at the mail server and the SMS gateway of a stack, as messages in the oracle's terms."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default
from pathlib import Path

from tests.faults.evidence import Message

_SUBJECT = re.compile(
    r"(Down|Recovered|Was down|Deleted while down|Deleted): (Site \d+)\b", re.IGNORECASE
)
_EVENTS = {
    "down": "down",
    "recovered": "up",
    "was down": "missed",
    "deleted while down": "ended",
    "deleted": "ended",
}

# Of what comes before any message about a monitor: the link that opens the account, and the
# question whether messages may come.
_BEFORE = ("Confirm your account", "Confirm alerts")
_LINK = "/links/confirm/"


def read(directory: Path) -> Iterator[tuple[str, Message]]:
    """Yield each message about a monitor, with the monitor's name."""
    for path in sorted((directory / "mail").glob("*.eml")):
        mail = message_from_bytes(path.read_bytes(), policy=default)
        if mail["Subject"].startswith(_BEFORE):
            continue
        event, name = _subject(mail["Subject"])
        yield (
            name,
            Message(_arrival(path), "email", mail["X-Envelope-To"], event, mail["Message-ID"]),
        )
    for path in sorted((directory / "sms").glob("*.json")):
        sms = json.loads(path.read_text())
        if _LINK in sms["body"]:
            continue
        event, name = _subject(sms["body"])
        yield name, Message(_arrival(path), "sms", sms["to"], event, sms["idempotency_key"])


def _subject(text: str) -> tuple[str, str]:
    """Read `DOWN: Site 07` or `RECOVERED: Site 07, down for 35 s`: the event and the monitor's name."""
    found = _SUBJECT.match(text)
    if found is None:
        return "unreadable", text
    return _EVENTS[found[1].lower()], found[2]


def _arrival(path: Path) -> float:
    moment = datetime.strptime(path.name.partition("-")[0], "%Y%m%dT%H%M%S.%fZ")  # noqa: DTZ007 - said to be UTC below
    return moment.replace(tzinfo=UTC).timestamp()
