"""Each abuse case has a test, and the document names the files that hold them."""

import ast
import re

import pytest

from tests.abuse.claims import claims, numbers
from tests.conftest import ROOT

LAST = 91
_ROW = re.compile(r"^\| (\d+) \| (.+?) \| (.+) \|$", re.MULTILINE)
_MISSING = re.compile(r"^\* (\d+(?:, \d+)*): ", re.MULTILINE)
_FILE = re.compile(r"`([a-z0-9_/]+\.py)`")

Files = dict[int, set[str]]


@pytest.fixture(scope="module")
def claimed() -> Files:
    return claims()


@pytest.fixture(scope="module")
def documented() -> Files:
    text = (ROOT / "docs" / "development" / "abuse-cases.md").read_text(encoding="utf-8")
    return {
        int(number): {f"tests/{name}" for name in _FILE.findall(files)}
        for number, _, files in _ROW.findall(text)
    }


def test_every_abuse_case_has_a_test_or_a_reason_why_it_has_none(claimed: Files) -> None:
    text = (ROOT / "docs" / "development" / "abuse-cases.md").read_text(encoding="utf-8")
    missing = {int(number) for found in _MISSING.findall(text) for number in found.split(", ")}
    assert set(range(1, LAST + 1)) <= {*claimed, *missing}
    assert not missing & claimed.keys()


def test_the_document_names_the_files_of_every_case(claimed: Files, documented: Files) -> None:
    assert documented == claimed


def test_a_name_and_each_form_of_the_mark_are_claims() -> None:
    module = """
pytestmark = [pytest.mark.stack, pytest.mark.abuse(1)]
def test_abuse_02_and_103_some_thing(): ...
@pytest.mark.parametrize("x", [pytest.param(1, marks=pytest.mark.abuse(4)) for _ in "a"])
@pytest.mark.abuse(5, 6)
def test_more(): ...
@pytest.mark.abuse(7)
def helper_abuse_08(): ...
"""
    assert sorted(numbers(ast.parse(module))) == [1, 2, 4, 5, 6, 103]
    assert not [*numbers(ast.parse("pytestmark = pytest.mark.abuse(1)"))]
