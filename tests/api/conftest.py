"""The application over the savepoint connection of the test, and organizations that use it."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from flask import Flask
from redis import Redis
from sqlalchemy.orm import Session

from config.settings import Settings
from server.counting.limiter import Limiter
from server.resources import Transactions, provide
from tests.api.applications import Serve
from tests.api.client import ApiClient

_NOON = 1_800_014_430
"""A day's 12:00:30 in unix seconds."""


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
    serve: Serve, settings: Settings, transaction: Transactions, redis: Redis
) -> Callable[..., Flask]:
    """Make applications that limit; settings may be given."""
    redis.ping()

    def make(**values: object) -> Flask:
        limited = settings.model_copy(update={"rate_limits": True, **values})
        app = serve(limited, transaction)
        resources = app.extensions["downtime"]
        provide(app, replace(resources, limiter=Limiter(resources.redis, _from_noon())))
        return app

    return make


def _from_noon() -> Callable[[], float]:
    """Begin in the middle of a minute, an hour and a day, so that no test sees one of them end."""
    behind = time.time() - _NOON
    return lambda: time.time() - behind
