"""Collects the tests that may have one, and prints as JSON which files show which abuse case.

python -m tests.abuse.claims
"""

import json
import re
from collections import defaultdict
from collections.abc import Iterator
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

import pytest

# Not that of `tests.conftest`, which pytest has to import by itself.
ROOT = Path(__file__).resolve().parents[2]
_IN_NAME = re.compile(r"^test_abuse_(\d{2,3})(?:_and_(\d{2,3}))?_")
_FOLDERS = (
    "tests/abuse",
    "tests/api",
    "tests/browser",
    "tests/canary",
    "tests/config",
    "tests/costs",
    "tests/deploy",
    "tests/isolation",
    "tests/models",
    "tests/notifiers",
    "tests/probes",
    "tests/security",
    "tests/services",
    "tests/tasks",
    "tests/web",
)


class Claims:
    """Serve as a plug-in of pytest."""

    def __init__(self) -> None:
        self.files: dict[int, set[str]] = defaultdict(set)

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        for item in session.items:
            for number in _numbers(item):
                self.files[number].add(item.path.relative_to(ROOT).as_posix())


def _numbers(item: pytest.Item) -> Iterator[int]:
    if match := _IN_NAME.match(item.name):
        yield from (int(each) for each in match.groups() if each)
    for mark in item.iter_markers("abuse"):
        yield from mark.args


def _files() -> list[Path]:
    """List those that could claim one: to collect all tests takes three times as long."""
    tests = [*(ROOT / "tests").glob("test_*.py")]
    for folder in _FOLDERS:
        tests += sorted((ROOT / folder).rglob("test_*.py"))
    return [path for path in tests if "abuse" in path.read_text()]


def main() -> None:
    claims = Claims()
    with redirect_stdout(StringIO()):
        options = ["--collect-only", "-qq", "-p", "no:cacheprovider"]
        pytest.main([*options, *(str(each) for each in _files())], plugins=[claims])
    print(json.dumps({number: sorted(files) for number, files in sorted(claims.files.items())}))  # noqa: T201 - its output


if __name__ == "__main__":
    main()
