"""The addresses of the pages."""

import re
from collections.abc import Iterator

from flask import Flask


def paths(app: Flask, ids: dict[str, str]) -> Iterator[str]:
    """Return the address of each page whose ids are known, by the names that ids have in paths."""
    for rule in app.url_map.iter_rules():
        is_page = rule.endpoint.startswith("web-") and "GET" in (rule.methods or ())
        if is_page and rule.arguments <= ids.keys() and not rule.rule.endswith((".ics", "session")):
            yield re.sub(r"<(?:\w+:)?(\w+)>", lambda found: ids[found[1]], rule.rule)
