"""Each word of each page is translated: the language for tests marks what is."""

import re
from collections.abc import Iterator

from bs4 import BeautifulSoup
from flask import Flask
from sqlalchemy.orm import Session

from tests.factories.exports import RECIPIENT
from tests.factories.one_of_each import one_of_each
from tests.web.paths import paths
from tests.web.reader import Reader

PSEUDO = "qps"
SPOKEN = ("title", "aria-label", "placeholder", "alt")
TYPES_OF_EVENTS = '.tick:has([name="events"]) span'
"""They are what an endpoint gets, so everybody calls them so."""
AS_THEY_ARE = "script, style, svg, time, code, pre, kbd, textarea"
"""Times are in the language already; code, keys and what was typed have none."""
CHOICES_OF_NAMES = 'select[name*="zone"] option, select[name="locale"] option'
"""Time zones and languages have their own names."""
NAMES = {
    *("Ada", "On call", "Robot", "Shop", "Shop login", "Primary", "Night", "Deploy", "BI"),
    *("ada@example.test", "olga@example.test", "https://shop.test", "https://shop.test/"),
    "shop.test",
    "id.shop.test",
    *("secret", "default", "UTC", "Werkzeug", RECIPIENT),
}
"""What somebody named: people, monitors, addresses, tags, regions, zones, programs, keys."""
STORED = {
    "Answered 500.",
    "DOWN: Front page",
    "DOWN: Front page (answered 500 Internal Server Error, expected 200-299)",
    "DOWN: Front page: Answered 500 Internal Server Error, expected 200-299.",
    "DOWN: Front page: Shop: Answered 500 Internal Server Error, expected 200-299.",
}
"""What a check found, and the preview of a message, are in English for all their readers."""
CODES = re.compile(
    r"""(?x)
    csv | CSV | JSON | NDJSON | Parquet | age | Bearer | ECDH-ES\+A256KW
    | https: | example\.com    # the beginning of an address
    | [\w-]{12,}              # ids, prefixes of keys, thumbprints
    | robot\.test | [0-9a-f]{8}
    | [\d.]+(\ ms)? | ms
    """
)
DATES = re.compile(r"((Mon|Tue|Wed|Thu|Fri|Sat|Sun)\b ?)?(\d+ )?([A-Z][a-z]{2,8})?( \d{4})?")
"""Dates are English in this language, as the numbers are."""
_WORDS = re.compile(r"[A-Za-z]{2}")
_BETWEEN = re.compile("[·,;()\N{EN DASH}/]")


def _untranslated(html: BeautifulSoup) -> Iterator[str]:
    for each in html.select(f"{AS_THEY_ARE}, {CHOICES_OF_NAMES}, {TYPES_OF_EVENTS}"):
        each.decompose()
    spoken = [str(each[name]) for name in SPOKEN for each in html.select(f"[{name}]")]
    for text in (html.get_text("\n"), *spoken):
        for line in _outside_of_marks(text).split("\n"):
            parts = (part.strip() for part in _BETWEEN.split(line))
            whole = line.strip() in NAMES | STORED
            yield from (part for part in parts if not whole and not _is_excepted(part))


def _outside_of_marks(text: str) -> str:
    """Return a text without what is marked as translated, with all names that are within it."""
    depth, rest = 0, []
    for letter in text:
        if letter == "[":
            rest.append("\n")
        depth += {"[": 1, "]": -1}.get(letter, 0)
        if depth == 0 and letter != "]":
            rest.append(letter)
    assert depth == 0, text
    return "".join(rest)


def _is_excepted(part: str) -> bool:
    return (
        not _WORDS.search(part)
        or part in NAMES
        or CODES.fullmatch(part) is not None
        or DATES.fullmatch(part) is not None
    )


def test_every_text_of_every_page_is_translated(app: Flask, ada: Reader, session: Session) -> None:
    ids = one_of_each(ada.api, session)
    ada.speak(PSEUDO)
    found = {}
    for path in paths(app, {**ids, "kind": "http", "scheme": "basic"}):
        seen = ada.get(path)
        if seen.response.mimetype == "text/html":
            found[path] = sorted(set(_untranslated(seen.html)))
    assert {path: texts for path, texts in found.items() if texts} == {}
    assert len(found) > 90
