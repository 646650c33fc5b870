"""One word per idea, and the field's word: docs/reference/glossary.md says which (an old word is a defect).

Held against the list: modules, classes, functions, tables, columns, fields of the API, settings, events.
"""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.settings import Settings
from models import Base
from tests.conftest import ROOT
from tests.test_architecture import PACKAGES

OLD = {
    "acknowledgement_letter": "mail content",
    "anew": "again, restart, reschedule",
    "audience": "notification targets",
    "belief": "state, state change",
    "beliefs": "state changes",
    "believed": "confirmed",
    "considerate": "after quiet hours",
    "crowds": "address limits",
    "entrance": "admission queue",
    "errand": "side task",
    "errands": "side tasks",
    "homeless": "without an organization",
    "insane": "unstorable, invalid",
    "insist": "retry until committed",
    "lane": "bulkhead",
    "lanes": "bulkheads",
    "likeness": "handle key, text match",
    "look": "probe, recheck, advance",
    "looks": "probes",
    "manners": "request lifecycle",
    "pace": "rate limit",
    "paces": "rate limits",
    "shapeless": "malformed",
    "sight": "region status",
    "sights": "region statuses",
    "strange": "unknown, invalid",
    "stretch": "span",
    "stretches": "spans",
    "tell": "notify",
    "telling": "notification order",
    "told": "notified",
    "trouble": "failure",
    "troubles": "failures",
    "twin": "duplicate",
    "unheard": "stranded, lost",
    "watchman": "self-monitor",
}
"""Each old word, and what is said instead."""

OF_OTHERS = {
    # RFC 7519 and others: who a token is for.
    "audience": ("probes/auth/", "api.schemas", "security/jwt/"),
    # The protocol of Python's files.
    "tell": ("services/archive/files/store.py", "services/exports/parquet.py"),
}
"""Old words that are the field's own where it means something else, and where."""


def _words(name: str) -> Iterator[str]:
    for part in re.split(r"[_.\-/]", name):
        yield from (each.lower() for each in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+", part))


def _found(names: Iterator[tuple[str, str]]) -> list[str]:
    """Return where an old word is, and what to say instead, of pairs of a place and a name."""
    return sorted(
        {
            f"{place}: {name} ({word}: say {OLD[word]})"
            for place, name in names
            for word in _words(name)
            if word in OLD and not place.startswith(OF_OTHERS.get(word, "\0"))
        }
    )


def _files() -> Iterator[Path]:
    for package in PACKAGES:
        yield from sorted((ROOT / package).rglob("*.py"))


def _names_of_code() -> Iterator[tuple[str, str]]:
    for file in _files():
        place = str(file.relative_to(ROOT))
        yield place, file.stem
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                yield place, node.name
            elif isinstance(node, ast.arg):
                yield place, node.arg
            elif isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Store):
                yield place, node.id if isinstance(node, ast.Name) else node.attr


def _names_of_tables() -> Iterator[tuple[str, str]]:
    for table in Base.metadata.tables.values():
        yield "models", table.name
        yield from (("models", column.name) for column in table.columns)


def _names_of_the_api() -> Iterator[tuple[str, str]]:
    (path,) = (ROOT / "docs").rglob("openapi.json")
    yield from (("api.schemas", name) for name in _keys(json.loads(path.read_text())))


def _keys(part: object) -> Iterator[str]:
    if isinstance(part, list):
        for each in part:
            yield from _keys(each)
    elif isinstance(part, dict):
        properties = part.get("properties")
        yield from properties if isinstance(properties, dict) else ()
        yield from (each for each in part.get("enum") or () if isinstance(each, str))
        for each in part.values():
            yield from _keys(each)


def test_code_says_the_words_of_the_field() -> None:
    assert _found(_names_of_code()) == []


def test_tables_and_columns_say_the_words_of_the_field() -> None:
    assert _found(_names_of_tables()) == []


def test_fields_and_values_of_the_api_say_the_words_of_the_field() -> None:
    assert _found(_names_of_the_api()) == []


def test_settings_say_the_words_of_the_field() -> None:
    assert _found(("config/settings.py", name) for name in Settings.model_fields) == []


def test_events_of_the_log_say_the_words_of_the_field() -> None:
    logged = (
        (str(file.relative_to(ROOT)), event)
        for file in _files()
        for event in re.findall(r"\blog\.\w+\(\s*\"(\w+)\"", file.read_text())
    )
    assert _found(logged) == []


@pytest.mark.parametrize("name", ["told_at", "ParentLook", "/traces/tell", "_LANES"])
def test_an_old_word_is_found_in_any_spelling(name: str) -> None:
    assert _found(iter([("x", name)])) != []
