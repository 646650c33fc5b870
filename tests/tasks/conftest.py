"""The Celery application on the test's Redis."""

from collections.abc import Iterator

import pytest
from celery import Celery
from redis import Redis
from sqlalchemy import Engine


@pytest.fixture(scope="session")
def application(database: Engine) -> Iterator[Celery]:
    del database
    from tasks.app import app  # noqa: PLC0415 - the settings exist only now

    yield app
    app.pool.force_close_all()  # type: ignore[attr-defined] # the stubs name another pool


@pytest.fixture
def celery(application: Celery, redis: Redis) -> Celery:
    """Give the application with an empty broker."""
    del redis
    return application
