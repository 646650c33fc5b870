"""A store of checks in the memory of a test: what another engine would implement."""

from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import date

import numpy as np
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from domain.evaluation.outcome import Cause, Outcome
from models import ArchiveDay, CheckResult, Monitor
from models.archive import ArchiveState
from models.types import OUTCOME_CODES
from services.archive.files import columns
from services.archive.files.columns import CHECK, NAMES, Rows
from services.archive.files.digest import Failure
from services.archive.numbers import SHARDS, shard_of, slots_of
from services.archive.rows.hot import Place, Words
from services.archive.rows.parts import Part
from services.archive.rows.reading import Narrowing
from services.evaluation.results import Late, Observed


class MemoryChecks:
    """`HotChecks` on two dictionaries by monitor, slot and region."""

    def __init__(self) -> None:
        self._rows: dict[tuple[int, int, int], CheckResult] = {}
        self._failures: dict[tuple[int, int, int], Failure] = {}

    def append(self, session: Session, observed: Sequence[Observed]) -> Late:
        del session
        for each in observed:
            known = self._rows.get(each.key)
            is_news = known is None or (
                known.outcome is Outcome.UNKNOWN and each.result.outcome is not Outcome.UNKNOWN
            )
            if not is_news:
                continue
            self._rows[each.key] = _row(each)
            if each.result.detail:
                self._failures[each.key] = Failure(
                    *each.key, each.organization_id, each.result.detail, None
                )
        return Late([], 0)

    def newest(
        self, session: Session, monitor: Monitor, narrowing: Narrowing, before: Place, *, limit: int
    ) -> Sequence[CheckResult]:
        del session
        rows = [row for row in self._matching(monitor, narrowing) if _place(row) < before]
        return rows[::-1][:limit]

    def oldest(
        self, session: Session, monitor: Monitor, narrowing: Narrowing, after: Place, *, limit: int
    ) -> Sequence[CheckResult]:
        del session
        return [row for row in self._matching(monitor, narrowing) if _place(row) > after][:limit]

    def words(
        self, session: Session, monitor: Monitor, slots: Collection[int], *, evidence: bool = False
    ) -> Words:
        del session
        return {
            (each.slot, each.region_id): (each.detail, each.evidence if evidence else None)
            for each in self._failures.values()
            if each.monitor_id == monitor.id and each.slot in slots
        }

    def count(self, session: Session, day: date) -> int:
        del session
        return len(self._of(Part(day)))

    def unload(self, session: Session, part: Part, sink: Callable[[Rows], None]) -> None:
        del session
        found = self._of(part)
        rows = np.zeros(len(found), dtype=CHECK)
        for number, row in enumerate(found):
            for name in NAMES:
                value = getattr(row, name)
                rows[number][name] = OUTCOME_CODES[value] if name == "outcome" else int(value)
        sink(columns.ordered(rows))

    def unload_failures(self, session: Session, part: Part) -> Iterator[Sequence[Failure]]:
        del session
        keys = {(row.monitor_id, row.slot, row.region_id) for row in self._of(part)}
        found = [each for key, each in self._failures.items() if key in keys]
        yield sorted(found, key=lambda each: (each.organization_id, *each[:3]))

    def drop_day(self, session: Session, day: date) -> bool:
        shards, archived = session.execute(
            select(func.count(), func.coalesce(func.sum(ArchiveDay.rows), 0)).where(
                ArchiveDay.day == day, ArchiveDay.state == ArchiveState.CURRENT
            )
        ).one()
        if (shards, archived) != (SHARDS, self.count(session, day)):
            return False
        for row in self._of(Part(day)):
            del self._rows[row.monitor_id, row.slot, row.region_id]
        return True

    def _of(self, part: Part) -> list[CheckResult]:
        low, high = slots_of(part.day)
        return [
            row
            for _, row in sorted(self._rows.items())
            if low <= row.slot < high
            and row.organization_id not in part.erased
            and part.shard in (None, shard_of(row.organization_id))
        ]

    def _matching(self, monitor: Monitor, wanted: Narrowing) -> list[CheckResult]:
        return [
            row
            for _, row in sorted(self._rows.items())
            if row.monitor_id == monitor.id
            and wanted.low <= row.slot < wanted.high
            and (not wanted.outcomes or OUTCOME_CODES[row.outcome] in wanted.outcomes)
            and wanted.region_id in (None, row.region_id)
        ]


def _row(each: Observed) -> CheckResult:
    return CheckResult(
        monitor_id=each.monitor_id,
        slot=each.slot,
        region_id=each.region_id,
        organization_id=each.organization_id,
        outcome=each.result.outcome,
        cause=each.result.cause or Cause.NONE,
        http_status=each.result.http_status or 0,
        **dict.fromkeys(("total_us", "dns_ms", "connect_ms", "tls_ms"), 0),
        first_byte_ms=0,
        lateness=0,
    )


def _place(row: CheckResult) -> Place:
    return row.slot, row.region_id
