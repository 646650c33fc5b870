"""Monitors to create from a list of addresses: one a line, or a table of comma-separated values."""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from services.errors import Invalid
from services.monitors import addresses
from services.monitors.values import MonitorValues
from web.translations import gettext as _

MOST = 500
"""The most monitors of one import, as in the API."""
LARGEST = 250_000
"""The most characters, which a request has room for."""
_HEADER = "address"


@dataclass(frozen=True, slots=True)
class Line:
    """One line that was given, by its number, and the monitor that it means or what is wrong."""

    number: int
    text: str
    values: MonitorValues | Invalid


def read(text: str) -> list[Line]:
    """Return the lines that say something. Raise `Invalid` if there are none or too many.

    A line has an address, then perhaps a name, then perhaps tags, with commas between them.
    """
    if len(text) > LARGEST:
        raise Invalid({"targets": [_("This is too long. Import it in parts of 500 lines.")]})
    rows = list(_rows(text))
    if not rows:
        raise Invalid({"targets": [_("Give at least one address.")]})
    if len(rows) > MOST:
        raise Invalid(
            {
                "targets": [
                    _("These are %(number)s lines. At most %(most)s fit into one import.")
                    % {"number": len(rows), "most": MOST}
                ]
            }
        )
    return [Line(number, ", ".join(cells), _values(cells)) for number, cells in rows]


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the cells of each line with its number, without a header and without comments."""
    for number, line in enumerate(text.replace("\0", "").splitlines(), start=1):
        cells = _cells(line)
        is_header = number == 1 and cells[:1] and cells[0].lower() == _HEADER
        if cells and cells[0] and not cells[0].startswith("#") and not is_header:
            yield number, cells


def _cells(line: str) -> list[str]:
    try:
        (cells,) = csv.reader([line], skipinitialspace=True)
    except (csv.Error, ValueError):
        cells = line.split(",")
    return [cell.strip() for cell in cells]


def _values(cells: Sequence[str]) -> MonitorValues | Invalid:
    address, name, *tags = [*cells, ""] if len(cells) == 1 else cells
    try:
        values = addresses.guessed(address)
    except Invalid as invalid:
        return invalid
    named = replace(values, name=name) if name else values
    return replace(named, tags=list(dict.fromkeys(tag for tag in tags if tag)))
