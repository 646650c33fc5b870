"""The database engine of this process, and the one way to a transaction."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from sqlalchemy import Engine, create_engine, make_url
from sqlalchemy.orm import Session, sessionmaker

from config.settings import load

_SERVER_SETTINGS: dict[str, str | float] = {
    "timezone": "UTC",
    # A statement or an idle transaction that takes this long holds up others: end it.
    "statement_timeout": 8000,
    # Frees the row of a dispatcher that was stopped in the middle of its transaction.
    "idle_in_transaction_session_timeout": 4000,
    "lock_timeout": 3000,
    # What is asked for each second is in memory: an index is worth it for a few hundred rows.
    "random_page_cost": 1.1,
}


def make_engine(url: str, *, pool_size: int = 5) -> Engine:
    """Connect to Postgres so that a dead server or network is noticed within seconds."""
    return create_engine(
        make_url(url).set(drivername="postgresql+psycopg2"),
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=5,
        pool_pre_ping=True,
        pool_recycle=1800,
        connect_args={
            "connect_timeout": 3,
            "keepalives_idle": 5,
            "keepalives_interval": 2,
            "keepalives_count": 3,
            "tcp_user_timeout": 8000,
            "options": " ".join(f"-c {name}={value}" for name, value in _SERVER_SETTINGS.items()),
        },
    )


@cache
def engine() -> Engine:
    return make_engine(load().database_url.get_secret_value(), pool_size=10)


@cache
def _sessions() -> sessionmaker[Session]:
    return sessionmaker(engine(), expire_on_commit=False)


@contextmanager
def session_scope() -> Iterator[Session]:
    """Open one transaction: committed if the block ends well, rolled back if it raises."""
    with _sessions().begin() as session:
        yield session
