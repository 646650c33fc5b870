"""Kept counts: as good as new ones, without counting again."""

from datetime import UTC, datetime, timedelta

import pytest

from server.counting.kept_counts import SECONDS, KeptCounts

NOW = datetime(2026, 12, 1, 22, 31, tzinfo=UTC)
OWN, OTHER = 7, 8


class Counter:
    """Tells how often it counted."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self) -> int:
        self.times += 1
        return self.times


def test_what_has_not_changed_is_counted_once() -> None:
    kept, count = KeptCounts(), Counter()
    found = [kept.of(OWN, "statuses", count, version=3, now=NOW) for _ in range(3)]
    assert found == [1, 1, 1]


@pytest.mark.parametrize(
    ("organization_id", "name", "version", "later"),
    [
        (OTHER, "statuses", 3, 0),
        (OWN, "tags", 3, 0),
        (OWN, "statuses", 4, 0),
        (OWN, "statuses", None, 0),
        (OWN, "statuses", 3, SECONDS),
        (OWN, "statuses", 3, -SECONDS),
    ],
)
def test_anything_else_is_counted_anew(
    organization_id: int, name: str, version: int | None, later: float
) -> None:
    kept, count = KeptCounts(), Counter()
    kept.of(OWN, "statuses", count, version=3, now=NOW)
    then = NOW + timedelta(seconds=later)
    assert kept.of(organization_id, name, count, version=version, now=then) == 2


def test_without_a_version_nothing_is_kept() -> None:
    kept, count = KeptCounts(), Counter()
    kept.of(OWN, "statuses", count, version=None, now=NOW)
    assert kept.of(OWN, "statuses", count, version=0, now=NOW) == 2


def test_the_counts_of_many_organizations_are_bounded() -> None:
    kept, count = KeptCounts(most=2), Counter()
    for organization_id in (1, 2, 3):
        kept.of(organization_id, "statuses", count, version=1, now=NOW)
    assert kept.of(3, "statuses", count, version=1, now=NOW) == 3
    assert kept.of(1, "statuses", count, version=1, now=NOW) == 4
