"""The bounds of the values of a monitor, whoever gives them."""

from collections.abc import Iterable, Mapping
from typing import Any

from domain.text_lines import is_line
from services.dependencies.dependencies import MOST_PARENTS

INTEGERS: Mapping[str, tuple[int, int]] = {
    "interval_seconds": (5, 86_400),
    "timeout_seconds": (1, 30),
    "latency_threshold_ms": (1, 30_000),
    "quorum": (1, 20),
    "confirmations": (1, 10),
    "confirmation_window": (1, 10),
    "recheck_seconds": (1, 3600),
    "recoveries": (1, 10),
    "flap_changes": (2, 100),
    "flap_window_seconds": (60, 86_400),
    "reminder_minutes": (5, 1440),
}
EXPIRY_DAYS = (1, 365)
LONGEST_NAME = 200
LONGEST_TAG = 50
LONGEST_REGION = 32
MOST: Mapping[str, int] = {
    "tags": 20,
    "regions": 20,
    "contact_group_ids": 50,
    "expiry_days": 10,
    "parent_ids": MOST_PARENTS,
}
"""The most entries of a list."""


def problems(values: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return which of these values are out of bounds, by their names. None is never."""
    found = {name: text for name, text in _problems(values) if text}
    return {name: [text] for name, text in found.items()}


def _problems(values: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    yield "name", _line_problem(values["name"], LONGEST_NAME)
    for name, (least, most) in INTEGERS.items():
        yield name, _range_problem(values[name], least, most)
    for index, tag in enumerate(values["tags"]):
        yield f"tags.{index}", _line_problem(tag, LONGEST_TAG)
    for index, days in enumerate(values["expiry_days"]):
        yield f"expiry_days.{index}", _range_problem(days, *EXPIRY_DAYS)
    for name, most in MOST.items():
        if len(values[name] or ()) > most:
            yield name, f"Must be at most {most}."


def _range_problem(value: float | None, least: float, most: float) -> str:
    if value is None or least <= value <= most:
        return ""
    return f"Must be between {least:,} and {most:,}."


def _line_problem(text: str, longest: int) -> str:
    if not 1 <= len(text) <= longest:
        return f"Must have between 1 and {longest} characters."
    return "" if is_line(text) else "Must not contain line breaks or control characters."
