"""In which order tests run, and which of them one process keeps for itself.

What takes longest begins first. Whole stacks would only wait for each other (see tests/e2e/alone.py) and
each keep a process from other work for as long, so one process has all of them.
"""

import pytest

STACKS = (
    "tests/faults/test_faults.py",
    "tests/faults/test_steady.py",
    "tests/faults/test_clocks.py",
    "tests/cli/test_run.py",
    "tests/e2e/",
    "tests/deploy/test_path.py",
    "tests/deploy/test_proxied_api.py",
    "tests/deploy/test_stores.py",
    "tests/canary/",
)
_LONG = (
    "tests/browser/every_page/",
    "tests/deploy/",
    "tests/week/",
    "tests/tasks/",
    "tests/browser/",
    "tests/contract/",
    "tests/alerting/test_bursts.py",
)


def sort(items: list[pytest.Item]) -> None:
    """Put the files that take longest first; others stay as they are."""
    for item in items:
        if item.get_closest_marker("stack") and not item.nodeid.startswith(STACKS):
            raise pytest.UsageError(f"{item.nodeid} starts a stack: name its file in {__file__}.")
    items.sort(key=_rank)


def _rank(item: pytest.Item) -> int:
    first = (*STACKS, *_LONG)
    ranks = (rank for rank, each in enumerate(first) if item.nodeid.startswith(each))
    return next(ranks, len(first))
