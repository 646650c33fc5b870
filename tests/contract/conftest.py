"""An application whose transactions are real ones: to think of requests takes longer than one may idle."""

from collections.abc import Iterator

import pytest
from flask import Flask
from redis import Redis
from sqlalchemy import Engine

from config.settings import load
from models.session import api_scope
from tests.api.applications import Applications
from tests.api.client import ApiClient


@pytest.fixture
def app(applications: Applications, committed: Engine, redis: Redis) -> Iterator[Flask]:
    del committed, redis  # Emptied afterwards, and before.
    with applications.serving(load(), api_scope) as app:
        yield app


@pytest.fixture
def client(app: Flask) -> ApiClient:
    return ApiClient(app).register("ada@example.test")


@pytest.fixture
def stranger(app: Flask) -> ApiClient:
    return ApiClient(app).register("eve@example.test")
