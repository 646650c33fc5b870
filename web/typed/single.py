"""Reads one field of the present form at a time, and refuses it alone.

For forms of few fields; `fields.Typed` tells of all problems of a form together.
"""

from datetime import datetime, timedelta
from ipaddress import ip_network

from flask import request

from services.errors import Invalid
from web.preferences import current
from web.translations import gettext as _
from web.typed.fields import LONGEST_NAME, Typed


def line(name: str, *, longest: int = LONGEST_NAME) -> str:
    """Return a text of one line, not empty. Raise `Invalid` for any other."""
    typed = Typed(request.form)
    text = typed.line(name, longest=longest)
    typed.refuse()
    return text


def networks(name: str, *, most: int = 50) -> list[str]:
    """Return networks in their normal form, one a line."""
    given = [each.strip() for each in request.form.get(name, "").splitlines() if each.strip()]
    if len(given) > most:
        raise Invalid({name: [_("At most %(most)s networks.") % {"most": most}]})
    try:
        return [str(ip_network(each)) for each in given]
    except ValueError as error:
        wrong = _("Must be networks such as 192.0.2.0/24, one a line.")
        raise Invalid({name: [wrong]}) from error


def moment(name: str) -> datetime | None:
    """Return a moment that was typed in the zone of the reader, or None if nothing was."""
    typed = Typed(request.form)
    found = typed.optional_moment(name, current().zone)
    typed.refuse()
    return found


def asked_moment(name: str) -> datetime | None:
    """Return the moment of a parameter of the address, as `moment` does of a field."""
    typed = Typed(request.args)
    found = typed.optional_moment(name, current().zone)
    typed.refuse()
    return found


def asked_whole(name: str, least: int, most: int) -> int | None:
    """Return the whole number of a parameter of the address, or None if there is none."""
    typed = Typed(request.args)
    found = typed.optional_whole(name, least, most)
    typed.refuse()
    return found


def as_typed(shown: datetime | None) -> str:
    """Return a moment as a field of a form holds it, in the zone of the reader."""
    if shown is None:
        return ""
    return shown.astimezone(current().zone).strftime("%Y-%m-%dT%H:%M")


def hours(name: str, *, most: int) -> timedelta:
    """Return a time of whole hours."""
    typed = Typed(request.form)
    found = typed.whole(name, 0, most)
    typed.refuse()
    return timedelta(hours=found)
