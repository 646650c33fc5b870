"""The document that maps failures of others to tests tells the truth."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
_DOCUMENT = ROOT / "docs" / "development" / "alerting-scenarios.md"
_ROW = re.compile(r"^\| (\d+) \|.*\|(.+)\|$", re.MULTILINE)
_LINK = re.compile(r"\]\((?:\.\./)+([\w/.]+)\)")
_FAILURES = (1, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 27, 28)
"""Those that concern alerting."""


def files_of(cell: str) -> list[Path]:
    return [ROOT / link for link in _LINK.findall(cell)]


def test_every_failure_that_concerns_alerting_has_a_row() -> None:
    rows = _ROW.findall(_DOCUMENT.read_text())
    assert tuple(int(number) for number, _ in rows) == _FAILURES


@pytest.mark.parametrize("number", _FAILURES)
def test_the_first_file_of_a_row_has_tests_of_its_number(number: int) -> None:
    cells = dict(_ROW.findall(_DOCUMENT.read_text()))
    first = files_of(cells[str(number)])[0]
    assert f"def test_peer_{number:02}_" in first.read_text()


def test_what_it_links_to_is_there() -> None:
    assert all(file.exists() for file in files_of(_DOCUMENT.read_text()))
