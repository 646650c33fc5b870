"""The catalogues hold each text of the pages, translated whole and only once."""

import importlib.util
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path
from types import ModuleType

import pytest
from babel.messages.catalog import Catalog, Message

from tests.conftest import ROOT
from web.preferences import LOCALES

SCRIPT = ROOT / "deploy/update_translations.py"
SOURCE = "en"
"""The language that the texts are written in."""
_MARKS = re.compile(r"%\(\w+\)[sd]|%%|%(?=\s*\()|\{\{?[^{}]*\}\}?|<[^>]+>|https?://\S*[^\s.,]")


def _script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("update_translations", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


translations = _script()
CATALOGUES: list[str] = sorted(file.stem for file in Path(translations.CATALOGUES).glob("*.po"))
of_each_catalogue = pytest.mark.parametrize("locale", CATALOGUES)


def _messages(locale: str) -> Iterator[Message]:
    catalogue: Catalog = translations.catalogue(locale)
    return (message for message in catalogue if message.id)


def _pairs(locale: str) -> Iterator[tuple[str, str]]:
    """Return each text with its translation, and each plural form with its own."""
    for message in _messages(locale):
        yield from zip(_forms(message.id), _forms(message.string), strict=True)


def test_each_language_that_readers_can_choose_has_a_catalogue() -> None:
    assert {*CATALOGUES, SOURCE} == set(LOCALES)


@of_each_catalogue
def test_a_catalogue_is_what_the_update_writes(locale: str) -> None:
    assert (translations.CATALOGUES / f"{locale}.po").read_bytes() == translations.updated(locale)


@of_each_catalogue
def test_every_text_is_translated_in_all_its_forms(locale: str) -> None:
    catalogue: Catalog = translations.catalogue(locale)
    for message in _messages(locale):
        forms = _forms(message.string)
        assert all(forms), message.id
        assert len(forms) in {1, catalogue.num_plurals}, message.id


@of_each_catalogue
def test_no_translation_is_a_guess_or_left_over(locale: str) -> None:
    catalogue: Catalog = translations.catalogue(locale)
    assert not [message.id for message in _messages(locale) if message.fuzzy]
    assert not catalogue.obsolete


@of_each_catalogue
def test_a_translation_has_the_placeholders_and_tags_of_its_text(locale: str) -> None:
    for text, translated in _pairs(locale):
        assert Counter(_MARKS.findall(text)) == Counter(_MARKS.findall(translated)), text


@of_each_catalogue
def test_a_translation_begins_and_ends_as_its_text_does(locale: str) -> None:
    for text, translated in _pairs(locale):
        assert text.endswith(".") == translated.endswith("."), text
        assert _edges(text) == _edges(translated), text


def _edges(text: str) -> tuple[str, str]:
    return text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]


def test_no_text_is_there_twice_with_other_capitals_or_another_end() -> None:
    """Only the first letter may differ: a label is not the word within a sentence."""
    texts = sorted({form for message in translations.texts() for form in _forms(message.id)})
    for _, same in groupby(sorted(texts, key=_bare), key=_bare):
        found = list(same)
        assert len({text[:1].lower() + text[1:] for text in found}) == 1, found


def _forms(text: Iterable[str] | str | None) -> list[str]:
    return [text] if isinstance(text, str) else list(text or ())


def _bare(text: str) -> str:
    return text.lower().rstrip(".")
