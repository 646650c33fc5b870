"""The addresses of the pages."""

import re
from collections.abc import Iterator

from flask import Flask
from werkzeug.routing import Rule

_FOR_PROGRAMS = (".ics", "/session", "/live/v")
_OF_OPERATORS = "web-operating"
"""Pages that no member finds (`tests/browser/test_operating.py`)."""


def is_page(rule: Rule) -> bool:
    """Tell whether a rule is one of a page that people read."""
    is_of_pages = rule.endpoint.startswith("web-") and "GET" in (rule.methods or ())
    is_of_pages = is_of_pages and not rule.endpoint.startswith(_OF_OPERATORS)
    return is_of_pages and not rule.rule.endswith(_FOR_PROGRAMS)


def paths(app: Flask, ids: dict[str, str]) -> Iterator[str]:
    """Return the address of each page whose ids are known, by the names that ids have in paths."""
    for rule in app.url_map.iter_rules():
        if is_page(rule) and rule.arguments <= ids.keys():
            yield filled(rule, ids)


def filled(rule: Rule, ids: dict[str, str]) -> str:
    return re.sub(r"<(?:\w+:)?(\w+)>", lambda found: ids[found[1]], rule.rule)
