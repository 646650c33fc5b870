"""The sentence that a page shows after an action, named by its address.

An address names a sentence and never contains one, so nobody can put words into our mouth.
"""

from dataclasses import dataclass

from flask import current_app, request

from web.translations import gettext as _


@dataclass(frozen=True, slots=True)
class Notice:
    text: str
    kind: str = "success"


def of_request() -> list[Notice]:
    """Return what the address of this request names, if the blueprint of the page knows it."""
    blueprint = current_app.blueprints.get(request.blueprint or "")
    known = getattr(blueprint, "notices", {})
    text = known.get(request.args.get("notice", ""))
    return [] if text is None else [Notice(_(text))]
