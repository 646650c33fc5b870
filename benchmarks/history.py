"""How long the API takes to answer from a year of history of 100,000 monitors.

    python -m benchmarks.history [--monitors 100000] [--asked 10000] [--requests 40]

An organization with a tenth of the monitors is asked; the others belong to another one. Each has the
roll-ups of 400 days and of their months, 5,000 have those of 35 days of hours, and the asked
organization had two million failures in a day. The data take ten minutes and 17 GB to make.
"""

import argparse
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from benchmarks import populations
from benchmarks.many_monitors import beside, servers
from benchmarks.ratios import Ratio, print_table
from domain.analytics.rollup import HOURS_KEPT
from models import Organization
from services.operations import partitions
from tests.api.client import ApiClient

TARGETS_MS = {
    "analysis of one monitor, 90 days": 50,
    "analysis of 10,000 monitors, 90 days": 300,
    "series of 90 days by day": 100,
    "series of 30 days by hour": 100,
    "search for words in 2,000,000 failures": 100,
    "search for words in 130,000 incidents": 100,
    "counts of all checks, 90 days by day": 300,
}
"""The most milliseconds that the 95th percentile may be."""

_HOURLY = 5_000
_FAILURES = 2_000_000

_DAYS_AND_MONTHS = [
    populations.again(table, monitor_id="m.id", organization_id="m.organization_id")
    + " JOIN monitors m ON m.id <> t.monitor_id WHERE t.monitor_id = :first"
    for table in ("monitor_days", "monitor_months")
]
_HOURS = populations.again(
    "monitor_hours",
    monitor_id="m.id",
    organization_id="m.organization_id",
    from_slot="t.from_slot - 86400 * n",
) + (
    " CROSS JOIN generate_series(1, :days - 1) AS n JOIN monitors m"
    " ON m.organization_id = t.organization_id AND m.id < t.monitor_id + :hourly"
    " WHERE t.monitor_id = :first"
)
# Failures of the last 20 hours: one in a thousand has other words than the rest.
_FAILED = (
    """
    CREATE TEMPORARY TABLE failed AS
    SELECT m.id AS monitor_id, m.organization_id, n AS number,
        extract(epoch FROM now())::int - 60 - (n::bigint * 7919 % 72000)::int AS slot
    FROM generate_series(1, :failures) AS n
    JOIN (SELECT *, row_number() OVER (ORDER BY id) AS place FROM monitors
        WHERE organization_id = :organization) m ON m.place = 1 + n % :count
    """,
    """
    INSERT INTO check_results (monitor_id, slot, organization_id, total_us, region_id, outcome,
        cause, http_status, dns_ms, connect_ms, tls_ms, first_byte_ms)
    SELECT monitor_id, slot, organization_id, 20000, 1, CAST(2 AS "char"), CAST(10 AS "char"), 503,
        1, 2, 3, 15 FROM failed ON CONFLICT DO NOTHING
    """,
    """
    INSERT INTO check_failures (monitor_id, slot, region_id, organization_id, detail)
    SELECT monitor_id, slot, 1, organization_id, CASE WHEN number % 1000 = 0
        THEN 'The name shop.example.test does not resolve.'
        ELSE 'Answered 503 Service Unavailable, expected 200-299.' END
    FROM failed ON CONFLICT DO NOTHING
    """,
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--monitors", type=int, default=100_000)
    parser.add_argument("--asked", type=int, default=10_000)
    parser.add_argument("--requests", type=int, default=40)
    options = parser.parse_args()
    print_table(compare(options.monitors, options.asked, options.requests))


def compare(count: int = 100_000, asked: int = 10_000, requests: int = 40) -> list[Ratio]:
    """Measure each, and put its 95th percentile beside the most that it may be."""
    with servers() as postgres:
        return beside(TARGETS_MS, _prepared(count, asked), requests, postgres)


def _prepared(count: int, of_asked: int) -> dict[str, Callable[[], None]]:
    # Both read the settings.
    from api.app import create_app  # noqa: PLC0415
    from config.settings import load  # noqa: PLC0415
    from models.session import session_scope  # noqa: PLC0415

    client = ApiClient(create_app(load())).register("bench@example.test")
    print(f"making a year of {count} monitors …", flush=True)
    with session_scope() as session:
        asked = session.scalars(select(Organization.id)).one()
        other = Organization(name="Other")
        session.add(other)
        session.flush()
        partitions.make(session, [partitions.HOURS], _days(HOURS_KEPT))
        partitions.make(session, partitions.CHECKS, _days(2))
        populations.fill(session, other.id, count - of_asked)
        populations.fill(session, asked, of_asked)
        _make_history(session, asked, of_asked)
    with session_scope() as session:
        session.execute(text("SET LOCAL statement_timeout = 0"))
        session.execute(text("ANALYZE"))
        (one,) = populations.first_monitors(session, asked, 1)

    def read(path: str, **query: object) -> None:
        assert client.get(path, **query).status_code == 200

    quarter, month = _ago(90), _ago(30)
    of_one = f"monitors/{one.public_id}"
    asks = (
        lambda: read(f"{of_one}/analysis", **{"from": quarter}),
        lambda: read("analysis", **{"from": quarter}),
        lambda: read(f"{of_one}/series", **{"from": quarter, "step": "day"}),
        lambda: read(f"{of_one}/series", **{"from": month, "step": "hour"}),
        lambda: read("checks", q="does not resolve", limit=50),
        lambda: read("incidents", q="Answered 500", limit=50),
        # From midnight on, so that whole days are counted.
        lambda: read("checks/counts", **{"from": f"{quarter[:10]}T00:00:00Z", "step": "day"}),
    )
    return dict(zip(TARGETS_MS, asks, strict=True))


def _make_history(session: Session, asked: int, count: int) -> None:
    (one,) = populations.first_monitors(session, asked, 1)
    given = {
        "first": one.id,
        "organization": asked,
        "count": count,
        "days": HOURS_KEPT - 2,
        "hourly": _HOURLY,
        "failures": _FAILURES,
    }
    # The first monitor of the other organization has some already.
    session.execute(text("DELETE FROM monitor_days WHERE monitor_id <> :first"), given)
    session.execute(text("DELETE FROM monitor_months WHERE monitor_id <> :first"), given)
    for statement in (*_DAYS_AND_MONTHS, _HOURS, *_FAILED):
        session.execute(text(statement), given)


def _days(number: int) -> list[date]:
    today = datetime.now(UTC).date()
    return [today - timedelta(days=age) for age in range(number)]


def _ago(days: int) -> str:
    return f"{datetime.now(UTC) - timedelta(days=days):%Y-%m-%dT%H:%M:%SZ}"


if __name__ == "__main__":
    main()
