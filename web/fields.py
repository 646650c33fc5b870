"""Reads typed fields of a form. What cannot be read is told at its field.

Services validate values. This reads what services never see: text that is no value yet.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from ipaddress import ip_network
from typing import TypeVar

from flask import request

from domain.text_lines import is_line
from services.errors import Invalid
from web.preferences import current
from web.translations import gettext as _

T = TypeVar("T")


def line(name: str, *, longest: int = 100) -> str:
    """Return a text of one line, not empty. Raise `Invalid` for any other."""
    text = request.form.get(name, "").strip()
    if not text:
        raise Invalid({name: [_("This is needed.")]})
    if len(text) > longest:
        raise Invalid({name: [_("At most %(most)s characters.") % {"most": longest}]})
    if not is_line(text):
        raise Invalid({name: [_("Must be one line without control characters.")]})
    return text


def lines(name: str) -> list[str]:
    """Return the lines of a text that hold something, without spaces around them."""
    return [each.strip() for each in request.form.get(name, "").splitlines() if each.strip()]


def networks(name: str, *, most: int = 50) -> list[str]:
    """Return networks in their normal form, one a line."""
    given = lines(name)
    if len(given) > most:
        raise Invalid({name: [_("At most %(most)s networks.") % {"most": most}]})
    wrong = _("Must be networks such as 192.0.2.0/24, one a line.")
    return [_read(name, lambda text: str(ip_network(text)), each, wrong) for each in given]


def moment(name: str) -> datetime | None:
    """Return a moment that was typed in the zone of the reader, or None if nothing was."""
    return moment_of(name, request.form.get(name, ""))


def moment_of(name: str, text: str) -> datetime | None:
    """Return the moment of a text, as `moment` does of a field. `name` is for the refusal."""
    if not text.strip():
        return None
    wrong = _("Must be a date and a time, such as 2026-12-24T18:00.")
    typed = _read(name, datetime.fromisoformat, text.strip(), wrong)
    return typed if typed.tzinfo else typed.replace(tzinfo=current().zone)


def as_typed(shown: datetime | None) -> str:
    """Return a moment as a field of a form holds it, in the zone of the reader."""
    if shown is None:
        return ""
    return shown.astimezone(current().zone).strftime("%Y-%m-%dT%H:%M")


def whole(name: str, *, least: int, most: int) -> int:
    """Return a whole number within bounds."""
    wrong = _("Must be a whole number from %(least)s to %(most)s.") % {"least": least, "most": most}
    number = _read(name, int, request.form.get(name, "").strip(), wrong)
    if not least <= number <= most:
        raise Invalid({name: [wrong]})
    return number


def hours(name: str, *, most: int) -> timedelta:
    """Return a time of whole hours."""
    return timedelta(hours=whole(name, least=0, most=most))


def _read(name: str, read: Callable[[str], T], text: str, wrong: str) -> T:
    try:
        return read(text)
    except ValueError as error:
        raise Invalid({name: [wrong]}) from error
