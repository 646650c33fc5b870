"""The store of the checks that are still in the database, as a port with one adapter.

Above some 50,000 checks in a second, another engine may take the place of Postgres for checks alone.
It then implements `HotChecks`, and answers the queries that docs/operations/scaling.md lists. The
session is that of the caller, for what has to be in its transaction.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Protocol

from sqlalchemy import Select, Text, and_, cast, func, null, or_, select, text, tuple_
from sqlalchemy.orm import Session

from models import CheckFailure, CheckResult, Monitor
from models.types import OUTCOME_CODES
from services.archive.numbers import slots_of
from services.archive.rows.parts import Part
from services.archive.rows.reading import Narrowing
from services.evaluation import results
from services.evaluation.results import Late, Observed

if TYPE_CHECKING:
    from services.archive.files.columns import Rows
    from services.archive.files.digest import Failure

Place = tuple[int, int]
"""A slot and the id of a region: where a page begins or ends."""

Words = Mapping[Place, tuple[str, str | None]]
"""The detail of failed checks, and their evidence as JSON."""


class HotChecks(Protocol):
    """Checks by monitor, slot and region. A known result replaces an unknown one, once."""

    def append(self, session: Session, observed: Sequence[Observed]) -> Late:
        """Write the rows of `distinct` results; repeating this changes nothing."""

    def newest(
        self, session: Session, monitor: Monitor, narrowing: Narrowing, before: Place, *, limit: int
    ) -> Sequence[CheckResult]:
        """Return the last checks before a place, newest first."""

    def oldest(
        self, session: Session, monitor: Monitor, narrowing: Narrowing, after: Place, *, limit: int
    ) -> Sequence[CheckResult]:
        """Return the first checks after a place, oldest first."""

    def words(
        self, session: Session, monitor: Monitor, slots: Collection[int], *, evidence: bool = False
    ) -> Words:
        """Return the words of the failed checks of these slots."""

    def count(self, session: Session, day: date) -> int:
        """Return the number of checks on a day."""

    def unload(self, session: Session, part: Part, sink: "Callable[[Rows], None]") -> None:
        """Pass all checks of a part to the sink; those of a shard in the order of a file."""

    def unload_failures(self, session: Session, part: Part) -> "Iterator[Sequence[Failure]]":
        """Yield the failures of a part, some at a time; those of a shard in the order of a file."""

    def drop_day(self, session: Session, day: date) -> bool:
        """Drop a day if the archive has exactly its checks; return whether it did."""


class PostgresChecks:
    """`HotChecks` on the day partitions of `check_results`."""

    # The way of every check, so it takes no step more.
    append = staticmethod(results.store)

    def newest(
        self, session: Session, monitor: Monitor, narrowing: Narrowing, before: Place, *, limit: int
    ) -> Sequence[CheckResult]:
        query = _selected(monitor, narrowing).where(
            tuple_(CheckResult.slot, CheckResult.region_id) < before
        )
        order = (CheckResult.slot.desc(), CheckResult.region_id.desc())
        return session.scalars(query.order_by(*order).limit(limit)).all()

    def oldest(
        self, session: Session, monitor: Monitor, narrowing: Narrowing, after: Place, *, limit: int
    ) -> Sequence[CheckResult]:
        slot, region_id = after
        query = _selected(monitor, narrowing).where(
            or_(
                CheckResult.slot > slot,
                and_(CheckResult.slot == slot, CheckResult.region_id > region_id),
            )
        )
        order = (CheckResult.slot, CheckResult.region_id)
        return session.scalars(query.order_by(*order).limit(limit)).all()

    def words(
        self, session: Session, monitor: Monitor, slots: Collection[int], *, evidence: bool = False
    ) -> Words:
        kept = cast(CheckFailure.evidence, Text) if evidence else null()
        rows = session.execute(
            select(CheckFailure.slot, CheckFailure.region_id, CheckFailure.detail, kept).where(
                CheckFailure.monitor_id == monitor.id, CheckFailure.slot.in_(slots)
            )
        )
        return {(slot, region_id): (detail, found) for slot, region_id, detail, found in rows}

    def count(self, session: Session, day: date) -> int:
        low, high = slots_of(day)
        query = select(func.count()).where(CheckResult.slot >= low, CheckResult.slot < high)
        return session.execute(query).scalar_one()

    def unload(self, session: Session, part: Part, sink: "Callable[[Rows], None]") -> None:
        from services.archive.rows import unload  # noqa: PLC0415 - numpy, for the archiver alone

        unload.checks(session, part, sink)

    def unload_failures(self, session: Session, part: Part) -> "Iterator[Sequence[Failure]]":
        from services.archive.rows import unload  # noqa: PLC0415 - as above

        return unload.failures(session, part)

    def drop_day(self, session: Session, day: date) -> bool:
        session.execute(text("SET LOCAL statement_timeout = '5min'"))
        return bool(session.scalar(text("SELECT drop_sealed_day(:day)"), {"day": day}))


CHECKS: HotChecks = PostgresChecks()


def _selected(monitor: Monitor, narrowing: Narrowing) -> Select[CheckResult]:
    query = select(CheckResult).where(
        CheckResult.organization_id == monitor.organization_id,
        CheckResult.monitor_id == monitor.id,
        # Both bounds are given, so that Postgres reads only the partitions between them.
        CheckResult.slot >= narrowing.low,
        CheckResult.slot < narrowing.high,
    )
    if narrowing.outcomes:
        outcomes = [each for each, code in OUTCOME_CODES.items() if code in narrowing.outcomes]
        query = query.where(CheckResult.outcome.in_(outcomes))
    if narrowing.region_id is not None:
        query = query.where(CheckResult.region_id == narrowing.region_id)
    return query
