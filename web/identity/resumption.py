"""What a user was about to send when a login or a proof came between, so that nothing is lost.

The page of the login carries the fields of the form, except those that are secret. After the login
a page offers to send them again: an action never runs without a press of a button.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from flask import request

from web.identity import next_page

_PREFIX = "resume:"
_SECRET = re.compile(r"passw|secret|token|code|key|credential", re.IGNORECASE)
_DERIVED = re.compile(r"(?:settings|fields)\.|credential_ids$")
"""Fields of forms that follow from models, in which the secrets are called `secret:…`."""
_MOST_FIELDS = 500


@dataclass(frozen=True, slots=True)
class Resumption:
    """A page to go to, or a form to send to it again."""

    path: str = "/"
    fields: Sequence[tuple[str, str]] = ()

    @property
    def hidden(self) -> list[tuple[str, str]]:
        """The hidden fields that carry this through another form."""
        return [("next", self.path), *((_PREFIX + name, value) for name, value in self.fields)]


def of_request() -> Resumption:
    """Return what the current form or address carries."""
    path = next_page.local(request.form.get("next") or request.args.get("next") or "/")
    carried = [
        (name.removeprefix(_PREFIX), value)
        for name, value in request.form.items(multi=True)
        if name.startswith(_PREFIX)
    ]
    return Resumption(path, carried[:_MOST_FIELDS])


def interrupted() -> Resumption:
    """Return this very request, which a login or a proof has to precede."""
    if request.method == "POST":
        kept = [each for each in request.form.items(multi=True) if not _is_secret(each[0])]
        return Resumption(next_page.local(request.path), kept[:_MOST_FIELDS])
    return Resumption(next_page.local(request.full_path.rstrip("?")))


def _is_secret(name: str) -> bool:
    return _SECRET.search(name) is not None and _DERIVED.match(name) is None
