"""The database as the role of the API sees it, with two organizations in it, and all gone afterwards."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
from flask import Flask
from redis import Redis
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from config.settings import load
from models.session import make_engine
from tests.api.applications import Applications
from tests.api.client import ApiClient
from tests.isolation import shops as projects_of
from tests.isolation.acting import As
from tests.isolation.shops import Shops


@dataclass(frozen=True, slots=True)
class Two:
    """Two organizations that have the same things, as their clients."""

    mine: ApiClient
    theirs: ApiClient


@pytest.fixture
def acting(committed: Engine) -> Iterator[As]:
    """Open transactions as a role, by a login that could do anything."""
    url = committed.url.render_as_string(hide_password=False)
    engines: dict[str, Engine] = {}

    @contextmanager
    def transaction(role: str) -> Iterator[Session]:
        engine = engines.setdefault(role, make_engine(url, pool_size=2, role=role))
        with Session(engine, expire_on_commit=False) as session, session.begin():
            yield session

    yield transaction
    for engine in engines.values():
        engine.dispose()


@pytest.fixture
def app(applications: Applications, acting: As, redis: Redis) -> Iterator[Flask]:
    """Make the application as it runs: with the rights of the API and no others."""
    del redis
    with applications.serving(load(), lambda: acting("downtime_api")) as app:
        yield app


@pytest.fixture
def two(app: Flask) -> Two:
    return Two(
        ApiClient(app).register("ada@example.test"), ApiClient(app).register("eve@example.test")
    )


@pytest.fixture
def shops(app: Flask, acting: As) -> Shops:
    return projects_of.opened(app, acting)
