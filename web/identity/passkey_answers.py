"""The answer of a passkey, which a script puts into a form."""

import json
from typing import Any

from flask import request

from services.errors import Invalid
from web.translations import gettext as _

_LONGEST = 20_000


def credential() -> dict[str, Any]:
    """Return what the script put into the form, or raise `Invalid`."""
    text = request.form.get("credential", "")
    try:
        found = json.loads(text) if len(text) <= _LONGEST else None
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise Invalid({"credential": [_("The passkey could not be read. Try again.")]})
    return found
