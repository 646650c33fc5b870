"""An application whose transactions are real ones: to think of requests takes longer than one may idle."""

from collections.abc import Iterator

import pytest
from flask import Flask
from redis import Redis
from sqlalchemy import Engine

from api.app import create_app
from config.settings import load
from tests.api.client import ApiClient


@pytest.fixture
def app(committed: Engine, redis: Redis) -> Iterator[Flask]:
    del committed, redis  # Emptied afterwards, and before.
    app = create_app(load())
    yield app
    app.extensions["downtime"].redis.close()


@pytest.fixture
def client(app: Flask) -> ApiClient:
    return ApiClient(app).register("ada@example.test")


@pytest.fixture
def stranger(app: Flask) -> ApiClient:
    return ApiClient(app).register("eve@example.test")
