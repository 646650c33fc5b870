"""The application over the savepoint connection of the test, and organizations that use it."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from flask import Flask
from redis import Redis
from sqlalchemy.orm import Session

from application import create_app
from config.settings import Settings
from server.resources import Transactions
from tests.api.client import ApiClient


@pytest.fixture
def anybody(app: Flask) -> ApiClient:
    """Make a client without a token."""
    return ApiClient(app)


@pytest.fixture
def register(app: Flask) -> Callable[[str], ApiClient]:
    """Make clients of new organizations."""

    def client_of(name: str) -> ApiClient:
        return ApiClient(app).register(f"{name}@example.test")

    return client_of


@pytest.fixture
def client(register: Callable[[str], ApiClient]) -> ApiClient:
    """Make a client of an organization."""
    return register("ada")


@pytest.fixture
def stranger(register: Callable[[str], ApiClient]) -> ApiClient:
    """Make a client of another organization."""
    return register("eve")


@pytest.fixture
def ends() -> list[str]:
    """How each transaction of a request ended: the name of what it was rolled back for."""
    return []


@pytest.fixture
def noted(transaction: Transactions, ends: list[str]) -> Transactions:
    """Transactions that note in `ends` how they ended."""

    @contextmanager
    def open_transaction() -> Iterator[Session]:
        try:
            with transaction() as session:
                yield session
        except Exception as error:
            ends.append(type(error).__name__)
            raise
        ends.append("")

    return open_transaction


@pytest.fixture
def make_app(
    settings: Settings, transaction: Transactions, redis: Redis
) -> Iterator[Callable[..., Flask]]:
    """Make applications that limit; settings may be given."""
    made: list[Flask] = []
    redis.ping()

    def make(**values: object) -> Flask:
        _stay_within_a_minute()
        limited = settings.model_copy(update={"rate_limits": True, **values})
        made.append(create_app(limited, transaction))
        return made[-1]

    yield make
    for app in made:
        app.extensions["downtime"].redis.close()


def _stay_within_a_minute() -> None:
    """Memory counts by the minute of the clock; a test must not begin at its end."""
    left = 60 - time.time() % 60
    if left < 10:
        time.sleep(left)
