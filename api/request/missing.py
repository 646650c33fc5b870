"""What a 404 says of a path that no route takes: which id in it cannot be one."""

from collections.abc import Iterable, Sequence
from functools import cache
from uuid import UUID

from flask import current_app, request
from werkzeug.routing import Map

from services.errors import NotFound

NOWHERE = "There is nothing at this address. `/api/docs` lists the addresses of the API."

_ID = "<uuid:"
_NOUNS = {
    "group": "contact group",
    "policy": "escalation policy",
    "schedule": "on-call schedule",
    "subscription": "event subscription",
    "template": "message template",
    "window": "maintenance window",
}
"""The full nouns of ids that routes abbreviate."""


def detail() -> str:
    """Return the sentence for the path of this request."""
    noun = _noun_of_bad_id(request.path.split("/"), _templates(current_app.url_map))
    return str(NotFound(noun)) if noun else NOWHERE


@cache
def _templates(routes: Map) -> Sequence[Sequence[str]]:
    """Return the segments of each route with an id. The routes of an application never change."""
    rules = {rule.rule for rule in routes.iter_rules()}
    return [rule.split("/") for rule in sorted(rules) if _ID in rule]


def _noun_of_bad_id(path: Sequence[str], templates: Iterable[Sequence[str]]) -> str | None:
    """Return the noun of the first id that is no UUID, if a route takes the path otherwise."""
    for template in templates:
        if len(template) == len(path) and all(map(_fits, template, path)):
            for wanted, given in zip(template, path, strict=True):
                if wanted.startswith(_ID) and not _is_uuid(given):
                    noun = wanted[len(_ID) : -1].removesuffix("_id").replace("_", " ")
                    return _NOUNS.get(noun, noun)
    return None


def _fits(wanted: str, given: str) -> bool:
    return wanted == given or wanted.startswith("<")


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
