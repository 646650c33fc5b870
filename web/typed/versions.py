"""Editors that notice when somebody else changed what they show.

A form carries the version that its reader saw. Another one is refused once, with what was typed;
whoever then saves again knows that it replaces the change.
"""

from datetime import datetime

from flask import request

from services.errors import Conflict
from web.forms import Form
from web.translations import gettext as _

FIELD = "seen"


def shown(form: Form, updated_at: datetime | None) -> str:
    """Return the version for a form: that which its reader saw, or else the current one."""
    present = "" if updated_at is None else updated_at.isoformat()
    if request.method != "POST" or FIELD in form.problems:
        return present
    return request.form.get(FIELD, present)


def refuse_stale(updated_at: datetime) -> None:
    """Raise `Conflict` if the form that was sent shows an older version."""
    seen = request.form.get(FIELD)
    if seen and seen != updated_at.isoformat():
        text = _(
            "Somebody changed this after you opened it. Compare it with what you typed."
            " Save again to replace it."
        )
        raise Conflict(text, field=FIELD)
