"""How long it takes to roll up an hour of many monitors, and how many bytes a day of one takes.

    python -m benchmarks.rollups [--monitors 10000]

Each monitor has a check a minute. The figures of an hour are put beside a tenth of what an hour of
100,000 monitors may take, and grow with their number: monitors are rolled up some at a time.
"""

import argparse
import time
from datetime import UTC, datetime

from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session

from benchmarks import populations
from benchmarks.many_monitors import servers
from benchmarks.ratios import Ratio, print_table
from benchmarks.usage import cpu_seconds
from domain.analytics.rollup import HOUR, hour_of
from models import MonitorHour, Organization, RollupProgress
from services.operations import partitions
from services.rollups import sweep

_SECONDS_OF_100_000 = 15
_BYTES_OF_A_DAY = 350
_CHECKS = """
    INSERT INTO check_results (monitor_id, slot, organization_id, total_us, region_id, outcome,
        cause, http_status, dns_ms, connect_ms, tls_ms, first_byte_ms)
    SELECT m.id, :begin + 60 * n + m.id % 60, m.organization_id,
        exp(11.5 + 0.25 * (random() + random() + random() + random() - 2) * 1.73)::int, 1,
        CAST(1 AS "char"), CAST(0 AS "char"), 200, 1, 2, 3, 15
    FROM monitors m CROSS JOIN generate_series(0, 59) AS n
"""
_DAYS = (
    populations.again("monitor_days", monitor_id="m.id", organization_id="m.organization_id")
    + " JOIN monitors m ON m.id <> t.monitor_id AND m.id < t.monitor_id + :monitors"
)
_MANY = 200
"""So many monitors have days: the pages of a few rows are not full."""
_ROW = """
    SELECT (pg_relation_size('monitor_days') + pg_indexes_size('monitor_days'))
        / (SELECT count(*) FROM monitor_days)
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--monitors", type=int, default=10_000)
    print_table(compare(parser.parse_args().monitors))


def compare(count: int = 10_000) -> list[Ratio]:
    """Measure both, and put them beside the most that they may be."""
    with servers() as postgres:
        from models.session import session_scope  # noqa: PLC0415 - it reads the settings of these

        now = datetime.now(UTC)
        begin = hour_of(int(now.timestamp())) - 2 * HOUR
        print(f"making an hour of {count} monitors …", flush=True)
        with session_scope() as session:
            _prepare(session, count, begin)
        with session_scope() as session:
            session.execute(text("SET LOCAL statement_timeout = 0"))
            session.execute(text("ANALYZE"))
        began = time.perf_counter(), time.process_time(), cpu_seconds(postgres)
        while not _is_over(begin):
            with session_scope() as session:
                sweep.sweep(session, now=now)
        ended = time.perf_counter(), time.process_time(), cpu_seconds(postgres)
        took, python, server = (b - a for a, b in zip(began, ended, strict=True))
        print(f"CPU: Python {python:.1f} s, Postgres {server:.1f} s", flush=True)
        with session_scope() as session:
            found = session.scalar(
                select(func.count()).select_from(MonitorHour).where(MonitorHour.from_slot == begin)
            )
            assert found == count, found
            size = session.execute(text(_ROW)).scalar_one()
    wanted = _SECONDS_OF_100_000 * count / 100_000
    return [
        Ratio(f"an hour of {count} monitors", took, wanted, "s"),
        Ratio("a day of one, with its key", size, _BYTES_OF_A_DAY, "B"),
    ]


def _prepare(session: Session, count: int, begin: int) -> None:
    organization = Organization(name="Shop")
    session.add(organization)
    session.flush()
    partitions.make(session, [partitions.HOURS], [datetime.fromtimestamp(begin, UTC).date()])
    partitions.make(session, partitions.CHECKS, [datetime.fromtimestamp(begin, UTC).date()])
    populations.fill(session, organization.id, count)
    session.execute(text("DELETE FROM monitor_hours"))
    session.execute(text(_CHECKS), {"begin": begin})
    session.execute(text(_DAYS), {"monitors": _MANY})
    session.execute(update(RollupProgress).values(until_slot=begin))


def _is_over(begin: int) -> bool:
    from models.session import session_scope  # noqa: PLC0415

    with session_scope() as session:
        return session.scalars(select(RollupProgress.until_slot)).one() > begin


if __name__ == "__main__":
    main()
