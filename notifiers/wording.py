"""What alerts say, in the words that every kind of channel shares."""

from dataclasses import dataclass
from datetime import datetime

from domain.alert import Alert, AlertEvent, spoken_duration

_LONGEST_NAME = 100


@dataclass(frozen=True, slots=True)
class Wording:
    """One line for a list of messages, one sentence, and the facts with their labels."""

    subject: str
    sentence: str
    facts: tuple[tuple[str, str], ...]


def wording(alert: Alert) -> Wording:
    name = one_line(alert.monitor_name)[:_LONGEST_NAME]
    lasted = spoken_duration(alert.duration) if alert.duration is not None else "unknown"
    match alert.event:
        case AlertEvent.DOWN:
            subject, sentence = f"Down: {name}", f"{name} is down."
        case AlertEvent.UP:
            subject = f"Up: {name} (was down {lasted})"
            sentence = f"{name} is up again. It was down for {lasted}."
        case AlertEvent.ENDED:
            subject = f"Ended: {name} (deleted while down)"
            sentence = f"{name} was deleted while it was down, so no recovery will be reported."
    return Wording(subject, sentence, _facts(alert))


def one_line(text: str) -> str:
    """Make text of users and of strangers' servers fit for one line: nothing that is not printed.

    That takes out line breaks, which would forge headers, and marks that turn the reading order.
    """
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())


def moment(time: datetime) -> str:
    return f"{time:%Y-%m-%d %H:%M:%S} UTC"


def _facts(alert: Alert) -> tuple[tuple[str, str], ...]:
    ended = (("Until", moment(alert.ended_at)),) if alert.ended_at else ()
    return (
        ("Monitor", one_line(alert.monitor_name)),
        ("Address", one_line(alert.url)),
        ("Cause", one_line(alert.cause)),
        ("Since", moment(alert.started_at)),
        *ended,
        ("Incident", alert.link),
    )
