"""What a service refuses is said in the language of the reader."""

import ast
import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from flask import Flask

from services.quotas import QUOTAS
from tests.conftest import ROOT
from tests.web.reader import Reader
from web import refusals
from web.refusals.sentences import NOUNS, SENTENCES

_PLACE = re.compile(r"%\(\w+\)s")
_VALUE = "\0"
_FEWEST_LETTERS = 10
"""A shorter text with values could be any sentence."""


@contextmanager
def _german() -> Iterator[None]:
    with Flask(__name__).test_request_context(headers={"Cookie": "locale=de"}):
        yield


@pytest.mark.parametrize(
    ("sentence", "german"),
    [
        ("Must be at most 30.", "Darf höchstens 30 sein."),
        ("Must be at most 16 KiB in total.", "Darf zusammen höchstens 16 KiB groß sein."),
        ("There is already a view with this name.", "Eine Ansicht mit diesem Namen gibt es schon."),
        ("Nobody knows this sentence.", "Nobody knows this sentence."),
    ],
)
def test_a_sentence_is_known_by_its_form(sentence: str, german: str) -> None:
    with _german():
        assert refusals.translated(sentence) == german


def test_what_a_quota_counts_is_translated_within_its_sentence() -> None:
    with _german():
        said = refusals.translated(
            "An organization may have at most 50 contact groups (limit `contact_groups`)."
            " It has 50, and this request adds 1."
        )
    assert said == (
        "Eine Organisation darf höchstens 50 davon haben: Kontaktgruppen (Limit `contact_groups`)."
        " Sie hat 50, und diese Anfrage fügt 1 hinzu."
    )


def test_a_name_within_a_sentence_stays_as_it_is() -> None:
    with _german():
        said = refusals.translated(
            "This contact is on call in the schedule Open 100 %. Reassign its shifts and overrides "
            "there first."
        )
    assert "Open 100 %" in said


def test_a_refused_form_says_why_in_german(ada: Reader) -> None:
    ada.api.make("contact-groups", name="On call", contact_ids=[])
    ada.speak("de")
    seen = ada.post("/groups", name="On call")
    assert "Eine Kontaktgruppe mit diesem Namen gibt es schon." in seen.text


def test_a_wrong_password_is_refused_in_german(nobody: Reader) -> None:
    nobody.speak("de")
    seen = nobody.post("/login", email="eve@example.test", password="wrong")
    assert "Die E-Mail-Adresse oder das Passwort ist falsch." in seen.text


def test_every_noun_of_a_quota_is_known() -> None:
    assert {quota.nouns for quota in QUOTAS.values()} == set(NOUNS)


def test_every_form_is_one_that_the_code_has() -> None:
    """A sentence that was reworded would be shown in English again."""
    written = list(_written())
    assert [form for form in SENTENCES if not _is_written(form, written)] == []


def _is_written(form: str, written: list[re.Pattern[str]]) -> bool:
    sentence = _PLACE.sub("5", form)
    return any(pattern.fullmatch(sentence) for pattern in written)


def _written() -> Iterator[re.Pattern[str]]:
    """Return each text of the code below the pages, with anything where it has a value."""
    for package in ("domain", "probes", "security", "server", "services"):
        for file in sorted((ROOT / package).rglob("*.py")):
            for node in ast.walk(ast.parse(file.read_text())):
                parts = _parts(node)
                if sum(map(len, parts)) > _FEWEST_LETTERS:
                    yield re.compile(".+".join(re.escape(part) for part in parts))


def _parts(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return [node.value]
    if not isinstance(node, ast.JoinedStr):
        return []
    texts = [part.value if isinstance(part, ast.Constant) else _VALUE for part in node.values]
    return "".join(map(str, texts)).split(_VALUE)
