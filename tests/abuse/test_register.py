"""Each abuse case has a test, and the document names the files that hold them."""

import json
import os
import re
import subprocess
import sys

import pytest

from tests.conftest import ROOT

LAST = 91
_ROW = re.compile(r"^\| (\d+) \| (.+?) \| (.+) \|$", re.MULTILINE)
_MISSING = re.compile(r"^\* (\d+(?:, \d+)*): ", re.MULTILINE)
_FILE = re.compile(r"`([a-z0-9_/]+\.py)`")

Files = dict[int, set[str]]


@pytest.fixture(scope="module")
def claimed() -> Files:
    """Collect the tests in a process of its own, which no option of this run reaches."""
    surroundings = {name: each for name, each in os.environ.items() if "PYTEST" not in name}
    run = subprocess.run(
        [sys.executable, "-m", "tests.abuse.claims"],
        cwd=ROOT,
        env=surroundings,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    return {int(number): set(files) for number, files in json.loads(run.stdout).items()}


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
