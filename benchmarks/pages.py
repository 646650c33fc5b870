"""How soon pages are there, what they weigh and how they feel, with 10,000 monitors.

    python -m benchmarks.pages [--monitors 10000] [--large 100000] [--requests 40] [--loads 20]

A stack without workers serves the application over its own Postgres. Organizations of 1,000 monitors
and of more have three months of outages; their lists are asked in turns, so that whatever else the
machine does slows all of them. A browser then opens the pages. Three minutes; with `--large`, more.
"""

import argparse
import gzip
import os
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from http.client import HTTPConnection
from pathlib import Path
from statistics import median, quantiles

from redis import Redis
from sqlalchemy import Engine, event
from sqlalchemy.orm import Session

from benchmarks import paints, populations
from benchmarks.ratios import Ratio, print_table
from benchmarks.usage import cpu_seconds
from devstack.roles import ROLES
from devstack.stack import Stack
from domain.hints import version_key
from models.session import make_engine
from services.accounts import accounts, browser_sessions
from services.accounts.sessions import Origin
from tests.servers.browser import browser

_KEPT = {"api", "live", "migrate"}
_SINKS = {"smtp": 0, "sms": 0, "demo-site": 0}
_SMALL = 1_000
_WARM_UP = 5
_MOST_STATEMENTS = 12
_MOST_TIMES = 1.3
_MOST_HTML_KB, _MOST_GZ_KB = 60, 10

LIST = "/monitors"
_WITHOUT_A_LIST = "/monitors/import"
MOST_MS = {
    LIST: 150,
    "/monitors?order=name": 150,
    "/monitors?q=m12": 150,
    "/monitors/{monitor}?range=90d": 150,
    "/": 150,
    "/incidents": 150,
    "/reports?range=24h": 300,
}
"""Pages, and the most milliseconds of the 95th percentile until their first byte."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Watcher:
    """A member of an organization with so many monitors, one of them, and the cookie of a login."""

    count: int
    organization_id: int
    cookie: str
    monitor: str

    def path(self, page: str) -> str:
        return page.format(monitor=self.monitor)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--monitors", type=int, default=10_000)
    parser.add_argument("--large", type=int, default=0)
    parser.add_argument("--requests", type=int, default=40)
    parser.add_argument("--loads", type=int, default=20)
    given = parser.parse_args()
    sizes = sorted({_SMALL, given.monitors, given.large} - {0})
    with tempfile.TemporaryDirectory() as name, _served(Path(name)) as stack:
        watchers = {size: _watcher(stack, size) for size in sizes}
        usual = watchers[given.monitors]
        ratios = [
            *_soon(stack, usual, given.requests),
            *_growing(stack, list(watchers.values()), given.requests),
            *_statements(stack, list(watchers.values())),
            *_weight(stack, usual),
            *_felt(stack, usual, given.loads),
        ]
    print_table(ratios)


@contextmanager
def _served(directory: Path) -> Iterator[Stack]:
    counts = {role.name: 0 for role in ROLES if role.name not in _KEPT}
    stack = Stack(
        directory, counts={**counts, **_SINKS}, settings={"DOWNTIME_RATE_LIMITS": "false"}
    )
    with stack:
        yield stack


@contextmanager
def _database(stack: Stack) -> Iterator[Engine]:
    assert stack.postgres
    engine = make_engine(stack.postgres.url())
    try:
        yield engine
    finally:
        engine.dispose()


def _watcher(stack: Stack, count: int) -> Watcher:
    print(f"making {count} monitors …", flush=True)
    now = datetime.now(UTC)
    with _database(stack) as engine:
        with Session(engine) as session, session.begin():
            opened = accounts.found(
                session,
                email=f"of{count}@example.test",
                password_hash="",
                organization_name=f"Shop of {count}",
                now=now,
            )
            populations.fill(session, opened.organization.id, count)
            (first,) = populations.first_monitors(session, opened.organization.id, 1)
            origin = Origin("127.0.0.1", "benchmark")
            begun = browser_sessions.begin(
                session, opened.user, opened.organization, origin, now=now
            )
            watcher = Watcher(
                count=count,
                organization_id=opened.organization.id,
                cookie=begun.cookie,
                monitor=str(first.public_id),
            )
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("SET statement_timeout = 0")
            connection.exec_driver_sql("VACUUM ANALYZE")
    return watcher


def _soon(stack: Stack, watcher: Watcher, requests: int) -> Iterator[Ratio]:
    """Compare the time to the first byte of each page with the most that it may be."""
    for page, most in MOST_MS.items():
        _first_bytes(stack, [(watcher, page)], _WARM_UP)
        before = _cpu(stack)
        (times,) = _first_bytes(stack, [(watcher, page)], requests).values()
        python, postgres = (
            1000 * (after - began) / requests
            for began, after in zip(before, _cpu(stack), strict=True)
        )
        p95 = quantiles(times, n=20)[18]
        print(
            f"{page:<40} first byte p50 {median(times):6.1f} ms  p95 {p95:6.1f} ms"
            f"  CPU: Python {python:5.1f} ms, Postgres {postgres:5.1f} ms",
            flush=True,
        )
        yield Ratio(f"{page}, first byte, p95", p95, most, "ms")


def _cpu(stack: Stack) -> tuple[float, float]:
    """Return the seconds of CPU that the API and Postgres have taken."""
    assert stack.postgres
    api, postgres = stack.processes["api.1"].pid, stack.postgres.process.pid
    assert api
    assert postgres
    return cpu_seconds(api), cpu_seconds(postgres)


def _growing(stack: Stack, watchers: Sequence[Watcher], requests: int) -> Iterator[Ratio]:
    """Compare the list of each larger organization with that of the smallest.

    Counts are made anew after each change. So it is also asked right after a check changed a state.
    """
    lists = [(watcher, LIST) for watcher in watchers]
    assert stack.redis
    with Redis.from_url(stack.redis.url_of("api")) as redis:

        def change(watcher: Watcher) -> None:
            redis.incr(version_key(watcher.organization_id))

        rounds: Sequence[tuple[str, Callable[[Watcher], None] | None]] = (
            ("", None),
            (" after a change", change),
        )
        for when, before in rounds:
            _first_bytes(stack, lists, _WARM_UP)
            taken = _first_bytes(stack, lists, requests, before)
            small, *larger = (median(times) for times in taken.values())
            for watcher, found in zip(watchers[1:], larger, strict=True):
                print(f"{LIST}{when}, median of {watcher.count} monitors {found:.1f} ms,", end=" ")
                print(f"of {_SMALL} {small:.1f}")
                what = f"{LIST}{when}, {watcher.count} beside {_SMALL}, x 100"
                yield Ratio(what, 100 * found / small, 100 * _MOST_TIMES, "")


def _first_bytes(
    stack: Stack,
    wanted: Sequence[tuple[Watcher, str]],
    requests: int,
    before: Callable[[Watcher], None] | None = None,
) -> dict[tuple[Watcher, str], list[float]]:
    """Ask for all pages in turns; return the milliseconds until each began to come."""
    taken: dict[tuple[Watcher, str], list[float]] = {each: [] for each in wanted}
    connection = _connection(stack)
    for _ in range(requests):
        for watcher, page in wanted:
            if before is not None:
                before(watcher)
            _ask(connection, watcher, page, taken[watcher, page])
    connection.close()
    return taken


def _connection(stack: Stack) -> HTTPConnection:
    return HTTPConnection(stack.address("api").removeprefix("http://"))


def _ask(connection: HTTPConnection, watcher: Watcher, page: str, taken: list[float]) -> bytes:
    began = time.perf_counter()
    connection.request("GET", watcher.path(page), headers=_headers(watcher))
    response = connection.getresponse()
    taken.append(1000 * (time.perf_counter() - began))
    content = response.read()
    assert response.status == 200, response.status
    return content


def _headers(watcher: Watcher) -> dict[str, str]:
    return {"Cookie": f"session={watcher.cookie}", "Accept": "text/html"}


def _statements(stack: Stack, watchers: Sequence[Watcher]) -> Iterator[Ratio]:
    """Count the statements of lists, beside those of a page without one, in this process."""
    os.environ.update(stack.environment)  # noqa: TID251 - the settings of this process
    # Both read the settings.
    from application import create_app  # noqa: PLC0415
    from config.settings import load  # noqa: PLC0415

    client = create_app(load()).test_client(use_cookies=False)
    seen: list[str] = []

    def note(_: object, __: object, sql: str, *___: object) -> None:
        seen.append(sql)

    def count(watcher: Watcher, page: str) -> int:
        # Counts are kept from the first time on; the frame of both pages has the same ones.
        assert client.get(page, headers=_headers(watcher)).status_code == 200
        seen.clear()
        assert client.get(page, headers=_headers(watcher)).status_code == 200
        return len(seen)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        for page in (LIST, "/incidents"):
            counts = [count(each, page) - count(each, _WITHOUT_A_LIST) for each in watchers]
            print(f"{page}: statements beside those of the frame, by size: {counts}")
            yield Ratio(f"{page}, SQL statements", max(counts), _MOST_STATEMENTS, "")
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def _weight(stack: Stack, watcher: Watcher) -> Iterator[Ratio]:
    connection = _connection(stack)
    content = _ask(connection, watcher, LIST, [])
    connection.close()
    yield Ratio(f"{LIST}, HTML of 50 rows", len(content) / 1000, _MOST_HTML_KB, "kB")
    yield Ratio(f"{LIST}, compressed", len(gzip.compress(content)) / 1000, _MOST_GZ_KB, "kB")


def _felt(stack: Stack, watcher: Watcher, loads: int) -> Iterator[Ratio]:
    with browser() as chrome, _database(stack) as engine:
        tab = paints.Tab(chrome, stack.address("api"), watcher.cookie)
        pages = (LIST, watcher.path("/monitors/{monitor}?range=90d"), "/")
        yield from paints.figures(tab, pages, loads, lambda: _flip(engine, watcher))


def _flip(engine: Engine, watcher: Watcher) -> None:
    """Let some monitors of the first page change, so that its rows change and move."""
    with engine.begin() as connection:
        connection.exec_driver_sql(
            "UPDATE monitor_states SET since = now(), state = CASE state"
            " WHEN 'down' THEN 'degraded' ELSE 'down' END"
            " WHERE monitor_id IN (SELECT o.monitor_id FROM monitor_states o JOIN monitors m"
            " USING (organization_id) WHERE m.public_id = %s AND o.state IN ('down', 'degraded')"
            " ORDER BY random() LIMIT 5)",
            (watcher.monitor,),
        )


if __name__ == "__main__":
    main()
