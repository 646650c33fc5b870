"""Real Postgres and Redis for every test that asks: embedded ones, or those of the environment.

Each xdist worker has its own servers, or its own database and Redis number on given ones.
"""

import base64
import gc
import os
import sys
import tempfile
import warnings
from collections.abc import Generator, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from alembic import command
from alembic.config import Config
from celery import Celery
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from flask import Flask
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis
from redis import Redis
from sqlalchemy import Connection, Engine, create_engine, make_url, text
from sqlalchemy.orm import Session

from tests import order, patience

if TYPE_CHECKING:
    from config.settings import Settings
    from server.resources import Transactions
    from tests.api.applications import Applications, Serve

# Compiled files are kept: otherwise each process compiles all tests anew, which takes it 7 s.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

ROOT = Path(__file__).resolve().parent.parent
WORKER = os.environ.get("PYTEST_XDIST_WORKER", "gw0")

_PRIVATE_KEY = (
    ec.generate_private_key(ec.SECP256R1())
    .private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    .decode()
)
_KEYS = f"test:{base64.b64encode(os.urandom(32)).decode()}"
_MESSAGE_KEYS = f"test:{base64.b64encode(os.urandom(32)).decode()}"


# Nobody dispatches here, and tests that ask for uptime are not to find the dispatcher standing still.
_NOBODY_STALLS = text(
    "UPDATE dispatch_shards SET watermark = extract(epoch FROM clock_timestamp()) + 400 * 86400"
    " WHERE shard IN (SELECT shard FROM dispatch_shards FOR UPDATE SKIP LOCKED)"
)
# Nor does anybody roll up: tests that ask for latency are to find the checks themselves.
_NOTHING_IS_ROLLED_UP = text(
    "UPDATE rollup_progress SET until_slot = 0, settling_slot = 0, settling_xid = 0,"
    " after_monitor = 0"
)
# What is found with many examples is found by `make long`; here they would take most of the time.
# They judge answers, never the speed of the machine.
hypothesis.register_profile(
    "short", max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
hypothesis.register_profile("long", hypothesis.get_profile("short"), max_examples=1000)
hypothesis.load_profile("short")

_POSTGRES_LOG = pytest.StashKey[Path]()
_LOG_LINES = 20


def pytest_configure() -> None:
    # What is imported stays: to look again and again whether it can go takes seconds.
    gc.disable()


def pytest_collection_finish() -> None:
    gc.freeze()
    gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    order.sort(items)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Say beside a failure whom the database sent away, and why: its clients are not always told."""
    report = yield
    log = item.config.stash.get(_POSTGRES_LOG, None)
    if report.failed and log and log.exists():
        last = "".join(log.read_text().splitlines(keepends=True)[-_LOG_LINES:])
        report.sections.append(("What Postgres wrote last", last))
    return report


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:  # noqa: ANN401 - it has no types
    from tests.scheduler import StacksTogether  # noqa: PLC0415 - xdist is there only when it is used

    return StacksTogether(config, log) if config.option.dist == "loadfile" else None


@pytest.fixture(scope="session")
def servers(pytestconfig: pytest.Config) -> Iterator[dict[str, str]]:
    """Give the addresses of Postgres and Redis, empty and migrated, as environment variables."""
    given = {name: os.environ.get(name) for name in ("DATABASE_URL", "REDIS_URL")}
    with (
        tempfile.TemporaryDirectory(prefix="downtime-test-") as name,
        _embedded(Path(name), given) as urls,
    ):
        pytestconfig.stash[_POSTGRES_LOG] = Path(name) / "postgres.log"
        yield urls


class _embedded:  # noqa: N801 - reads as a context manager
    """Start what is not given."""

    def __init__(self, directory: Path, given: dict[str, str | None]) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from devstack.servers.postgres import Postgres  # noqa: PLC0415 - warns when imported
        from devstack.servers.redis import Redis as RedisServer  # noqa: PLC0415 - beside its twin

        directory.chmod(0o755)
        self._postgres = (
            None if given["DATABASE_URL"] else Postgres(directory / "postgres", durable=False)
        )
        self._redis = None if given["REDIS_URL"] else RedisServer(directory / "redis")
        self._given = given

    def __enter__(self) -> dict[str, str]:
        return {
            "DATABASE_URL": self._postgres.url() if self._postgres else self._own_database(),
            "REDIS_URL": self._redis.url if self._redis else self._own_number(),
        }

    def __exit__(self, *_: object) -> None:
        if self._postgres:
            self._postgres.stop("immediate")
        if self._redis:
            self._redis.stop()

    def _own_database(self) -> str:
        url = make_url(self._given["DATABASE_URL"] or "").set(drivername="postgresql+psycopg2")
        name = f"downtime_test_{WORKER}"
        with create_engine(url, isolation_level="AUTOCOMMIT").connect() as connection:
            connection.execute(text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
            connection.execute(text(f"CREATE DATABASE {name}"))
        return url.set(database=name, drivername="postgresql").render_as_string(hide_password=False)

    def _own_number(self) -> str:
        url = f"{(self._given['REDIS_URL'] or '').rstrip('/')}/{8 + int(WORKER[2:])}"
        Redis.from_url(url).flushdb()
        return url


@pytest.fixture(scope="session", autouse=True)
def environment() -> None:
    """Set what the tests need; the servers start when a test first asks for one of them."""
    os.environ.setdefault("DOWNTIME_JWT_PRIVATE_KEY", _PRIVATE_KEY)
    os.environ.setdefault("DOWNTIME_KEYS", _KEYS)
    os.environ.setdefault("DOWNTIME_MESSAGE_KEYS", _MESSAGE_KEYS)
    os.environ["DOWNTIME_EGRESS_POLICY"] = "any"
    os.environ["DOWNTIME_ENVIRONMENT"] = "development"
    # Many clients ask from one address; where limits are tested they are switched on.
    os.environ["DOWNTIME_RATE_LIMITS"] = "false"
    patience.begin()


@pytest.fixture(scope="session", autouse=True)
def no_forks_left() -> Iterator[None]:
    """End what forks the processes of Celery, if any test needed it."""
    yield
    if forks := sys.modules.get("tests.servers.forks"):
        forks.stop()


@pytest.fixture(scope="session")
def database(servers: dict[str, str], environment: None) -> Iterator[Engine]:  # noqa: ARG001
    """Give the migrated database, with the day partitions that any test needs."""
    os.environ.update(servers)
    from config.settings import load  # noqa: PLC0415 - reads them
    from models.session import engine, session_scope  # noqa: PLC0415 - reads the settings
    from services.operations import partitions  # noqa: PLC0415

    # An earlier test may have read the settings before there were servers.
    load.cache_clear()
    command.upgrade(Config(toml_file=ROOT / "pyproject.toml"), "head")
    with session_scope() as session:
        partitions.ensure(session, now=datetime.now(UTC))
        session.execute(_NOBODY_STALLS)
        session.execute(_NOTHING_IS_ROLLED_UP)
    yield engine()
    engine().dispose()


@pytest.fixture
def connection(database: Engine) -> Iterator[Connection]:
    """One connection whose work is undone after the test, whatever the code under test commits."""
    with database.connect() as connection:
        transaction = connection.begin()
        yield connection
        transaction.rollback()


@pytest.fixture
def session(connection: Connection) -> Iterator[Session]:
    """Give a session whose commits are savepoints of the connection of this test."""
    with _savepoints(connection) as session:
        yield session


def _savepoints(connection: Connection) -> Session:
    return Session(connection, join_transaction_mode="create_savepoint", expire_on_commit=False)


@pytest.fixture
def transaction(connection: Connection) -> "Transactions":
    """Transactions that are savepoints of the test's connection, so that all is undone after it."""

    @contextmanager
    def open_transaction() -> Iterator[Session]:
        with _savepoints(connection) as session, session.begin():
            yield session

    return open_transaction


@pytest.fixture
def committed(database: Engine) -> Iterator[Engine]:
    """For tests of locks and of several connections: they commit, and all rows go afterwards."""
    yield database
    empty(database)


def empty(database: Engine) -> None:
    """Delete all rows but those that every database has."""
    from models import Base  # noqa: PLC0415 - beside the engine

    tables = [table.name for table in reversed(Base.metadata.sorted_tables)]
    kept = {"regions": " WHERE id > 1"}
    kept |= dict.fromkeys(("dispatch_shards", "rollup_progress"), " WHERE false")
    with database.begin() as connection:
        # Entries of the audit log are refused to go, even here.
        connection.exec_driver_sql(
            "SET LOCAL session_replication_role = replica; DELETE FROM audit_entries;"
            " SET LOCAL session_replication_role = origin"
        )
        # To truncate them takes twenty times as long.
        connection.exec_driver_sql(
            ";".join(f"DELETE FROM {name}{kept.get(name, '')}" for name in tables)
        )
        connection.execute(text("UPDATE regions SET seen_at = NULL"))
        connection.execute(_NOBODY_STALLS)
        connection.execute(_NOTHING_IS_ROLLED_UP)


@pytest.fixture
def redis(servers: dict[str, str]) -> Iterator[Redis]:
    """Give an empty Redis, and leave one."""
    with Redis.from_url(servers["REDIS_URL"]) as client:
        client.flushdb()
        yield client
        client.flushdb()


@pytest.fixture(scope="session")
def application(database: Engine) -> Iterator[Celery]:
    del database
    from tasks.app import app  # noqa: PLC0415 - the settings exist only now

    yield app
    app.pool.force_close_all()  # type: ignore[attr-defined] # the stubs name another pool


@pytest.fixture(scope="session")
def applications() -> "Applications":
    from tests.api.applications import Applications  # noqa: PLC0415 - the settings exist only now

    return Applications()


@pytest.fixture
def serve(applications: "Applications") -> Iterator["Serve"]:
    """Serve applications with other settings or transactions; none connects before a request."""
    with ExitStack() as served:
        yield lambda *values: served.enter_context(applications.serving(*values))


@pytest.fixture
def celery(application: Celery, redis: Redis) -> Celery:
    """Give the Celery application with an empty broker."""
    del redis
    return application


@pytest.fixture
def settings(connection: Connection) -> "Settings":
    del connection  # Its servers must be known before the settings are read.
    from config.settings import load  # noqa: PLC0415 - they exist only now

    return load()


@pytest.fixture
def app(
    applications: "Applications",
    settings: "Settings",
    transaction: "Transactions",
    celery: Celery,
) -> Iterator[Flask]:
    """Give an application whose transactions are undone after the test."""
    del celery  # Its broker is empty; what a request wrote is told to relays there.
    with applications.serving(settings, transaction) as app:
        yield app
