"""Shifts as a calendar file (iCalendar, RFC 5545)."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from services.on_call.duties import DutyView

_LONGEST_LINE = 75
_ESCAPES = str.maketrans({"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n", "\r": ""})


def written(duties: Iterable[DutyView], *, now: datetime) -> str:
    """Return one event for each shift. Its id stays the same while the shift does."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Downtime Monitor//On call//EN"]
    for duty in duties:
        lines.extend(_event(duty, now))
    return "".join(_folded(line) for line in [*lines, "END:VCALENDAR"])


def _event(duty: DutyView, now: datetime) -> Iterator[str]:
    start, end = _moment(duty.shift.start), _moment(duty.shift.end)
    yield "BEGIN:VEVENT"
    yield f"UID:{duty.schedule.public_id}-{duty.shift.contact_id}-{start}"
    yield f"DTSTAMP:{_moment(now)}"
    yield f"DTSTART:{start}"
    yield f"DTEND:{end}"
    yield f"SUMMARY:{duty.schedule.name.translate(_ESCAPES)}"
    yield "END:VEVENT"


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def _folded(line: str) -> str:
    """Break a line such that no part has more bytes than a line may have."""
    parts, size = [""], 0
    for character in line:
        width = len(character.encode())
        if size + width > _LONGEST_LINE:
            parts.append(" ")
            size = 1
        parts[-1] += character
        size += width
    return "\r\n".join(parts) + "\r\n"
