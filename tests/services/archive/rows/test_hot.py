"""The port to checks that are not archived: what Postgres, or any other engine, has to do."""

import re
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from domain.evaluation.outcome import Outcome
from models import ArchiveDay, CheckResult, Monitor
from models.archive import ArchiveState
from models.session import database_now
from models.types import OUTCOME_CODES
from probes.base import ProbeResult
from services.archive.files.columns import Rows
from services.archive.numbers import SHARDS, shard_of
from services.archive.rows.hot import HotChecks, PostgresChecks
from services.archive.rows.parts import Part
from services.archive.rows.reading import Narrowing
from tests.services.archive.rows.memory_checks import MemoryChecks
from tests.services.archive.world import BEGIN, END, FIRST, World
from tests.services.watched import DOWN, UNKNOWN, UP, observe

_DAY = Narrowing(low=BEGIN, high=END)
_STORES: list[type[HotChecks]] = [PostgresChecks, MemoryChecks]


def fill(store: HotChecks, session: Session, monitors: list[Monitor]) -> None:
    """Append results of each monitor: up, down with words, unknown, and one of the next day."""
    for monitor in monitors:
        results: list[tuple[int, ProbeResult]] = [(0, UP), (60, DOWN), (120, UNKNOWN)]
        observed = [observe(monitor, BEGIN + slot, result) for slot, result in results]
        store.append(session, [*observed, observe(monitor, END, UP)])


def places(rows: object) -> list[int]:
    return [row.slot - BEGIN for row in rows]  # type: ignore[attr-defined]


@pytest.mark.parametrize("kind", _STORES, ids=lambda kind: kind.__name__)
def test_a_store_of_checks_keeps_the_contract(world: World, kind: type[HotChecks]) -> None:
    store = kind()
    monitors = sorted(world.monitors(2), key=lambda each: each.organization_id)
    monitor, other = monitors
    with world.owning() as session:
        fill(store, session, monitors)
        fill(store, session, monitors)
        _reads(store, session, monitor)
        _replaces_what_is_unknown(store, session, monitor)
        _unloads(store, session, monitor, other)
        _drops(store, session)


def _reads(store: HotChecks, session: Session, monitor: Monitor) -> None:
    assert places(store.oldest(session, monitor, _DAY, (BEGIN, 0), limit=2)) == [0, 60]
    assert places(store.oldest(session, monitor, _DAY, (BEGIN, 1), limit=9)) == [60, 120]
    assert places(store.newest(session, monitor, _DAY, (END, 0), limit=2)) == [120, 60]
    assert places(store.newest(session, monitor, _DAY, (BEGIN + 60, 1), limit=9)) == [0]
    bad = (OUTCOME_CODES[Outcome.DOWN], OUTCOME_CODES[Outcome.UNKNOWN])
    narrowed = Narrowing(low=BEGIN, high=END, outcomes=bad)
    assert places(store.oldest(session, monitor, narrowed, (BEGIN, 0), limit=9)) == [60, 120]
    elsewhere = Narrowing(low=BEGIN, high=END, region_id=2)
    assert store.oldest(session, monitor, elsewhere, (BEGIN, 0), limit=9) == []
    words = store.words(session, monitor, [BEGIN, BEGIN + 60])
    assert words == {(BEGIN + 60, 1): (DOWN.detail, None)}
    assert store.count(session, FIRST) == 6


def _replaces_what_is_unknown(store: HotChecks, session: Session, monitor: Monitor) -> None:
    slot = BEGIN + 120

    def outcome() -> Outcome:
        session.expire_all()
        found: CheckResult = store.newest(session, monitor, _DAY, (END, 0), limit=1)[0]
        assert found.slot == slot
        return found.outcome

    store.append(session, [observe(monitor, slot, UP)])
    assert outcome() is Outcome.UP
    # Neither an unknown result nor a second known one counts any more.
    for later in (UNKNOWN, DOWN):
        store.append(session, [observe(monitor, slot, later)])
    assert outcome() is Outcome.UP
    assert store.count(session, FIRST) == 6


def _unloads(store: HotChecks, session: Session, monitor: Monitor, other: Monitor) -> None:
    def keys(part: Part) -> list[tuple[int, int]]:
        found: list[tuple[int, int]] = []

        def add(rows: Rows) -> None:
            found.extend(zip(rows["monitor_id"].tolist(), rows["slot"].tolist(), strict=True))

        store.unload(session, part, add)
        return found

    mine = [(monitor.id, BEGIN + slot) for slot in (0, 60, 120)]
    theirs = [(other.id, BEGIN + slot) for slot in (0, 60, 120)]
    assert sorted(keys(Part(FIRST))) == sorted(mine + theirs)
    assert keys(Part(FIRST, (), shard_of(monitor.organization_id))) == mine
    assert keys(Part(FIRST, (monitor.organization_id,))) == theirs
    shard = Part(FIRST, (), shard_of(other.organization_id))
    failures = [each for page in store.unload_failures(session, shard) for each in page]
    assert [(each.slot, each.detail) for each in failures if each.detail == DOWN.detail] == [
        (BEGIN + 60, DOWN.detail)
    ]


def _drops(store: HotChecks, session: Session) -> None:
    assert not store.drop_day(session, FIRST)
    failures = sum(map(len, store.unload_failures(session, Part(FIRST))))
    for shard in range(SHARDS):
        session.add(
            ArchiveDay(
                day=FIRST,
                shard=shard,
                state=ArchiveState.CURRENT,
                revision=1,
                is_whole=True,
                rows=5 if shard == 0 else 0,
                failures=failures if shard == 0 else 0,
                late_seen=0,
                changed_at=database_now(session),
            )
        )
    session.flush()
    # The archive has a check less than the store.
    assert not store.drop_day(session, FIRST)
    session.get_one(ArchiveDay, (FIRST, 0)).rows = 6
    session.flush()
    assert store.drop_day(session, FIRST)
    assert store.count(session, FIRST) == 0


_ROOT = Path(__file__).resolve().parents[4]
_PORT = {"archive/rows/hot.py", "archive/rows/unload.py", "evaluation/results.py"}
_ONLY_NAME = {
    "analytics/check_log.py",
    "archive/files/columns.py",
    "exports/checks.py",
    "privacy/catalogue/monitoring.py",
    "search/checks.py",
}
"""These name checks, or have them in hand, and ask for none."""


def test_whoever_asks_for_checks_beside_the_port_is_in_the_list_for_another_engine() -> None:
    tables = re.compile(r"\b(check_results|check_failures|CheckResult|CheckFailure)\b")
    services = _ROOT / "services"
    naming = {
        str(path.relative_to(services))
        for path in services.rglob("*.py")
        if tables.search(path.read_text())
    }
    document = (_ROOT / "docs" / "operations" / "scaling.md").read_text()
    listed = set(re.findall(r"`services/([a-z_/]+\.py)`", document))
    assert naming - _ONLY_NAME == listed
    assert listed >= _PORT
