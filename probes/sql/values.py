"""The values that databases send as text, in the types that assertions compare."""

import math

Value = str | int | float | bool | None
"""What JSON has. A value without a type of its own there, such as a date, is a text."""


def text(value: bytes) -> str:
    return value.decode(errors="replace")


def number(value: bytes) -> Value:
    """Return a number; a text if JSON has no such number, as for `NaN`."""
    written = text(value)
    try:
        return int(written)
    except ValueError:
        pass
    try:
        found = float(written)
    except ValueError:
        return written
    return found if math.isfinite(found) else written
