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
    if alert.is_authorization:
        subject, sentence = _of_authorization(alert.event, name, lasted)
    return Wording(subject, sentence, _facts(alert))


def _of_authorization(event: AlertEvent, name: str, lasted: str) -> tuple[str, str]:
    """Say the same where the credential failed: whether the site is down was not seen."""
    match event:
        case AlertEvent.DOWN:
            return f"Authorization failing: {name}", f"Authorization at {name} is failing."
        case AlertEvent.UP:
            return (
                f"Up: {name} (authorization failed for {lasted})",
                f"{name} is up again. Authorization failed for {lasted}.",
            )
        case AlertEvent.ENDED:
            return (
                f"Ended: {name} (deleted while authorization failed)",
                f"{name} was deleted while authorization failed, so no recovery will be reported.",
            )


def one_line(text: str) -> str:
    """Make text of users and of strangers' servers fit for one line: nothing that is not printed.

    That takes out line breaks, which would forge headers, and marks that turn the reading order.
    """
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())


def moment(time: datetime) -> str:
    return f"{time:%Y-%m-%d %H:%M:%S} UTC"


def _facts(alert: Alert) -> tuple[tuple[str, str], ...]:
    # A heartbeat has none: its job comes to us.
    address = (("Address", one_line(alert.url)),) if alert.url else ()
    ended = (("Until", moment(alert.ended_at)),) if alert.ended_at else ()
    return (
        ("Monitor", one_line(alert.monitor_name)),
        *address,
        ("Cause", one_line(alert.cause)),
        ("Since", moment(alert.started_at)),
        *ended,
        ("Incident", alert.link),
    )
