"""A hub beside an application that commits, and readers who are logged in."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from celery import Celery
from flask import Flask
from sqlalchemy import Engine, make_url, text
from sqlalchemy.orm import Session

from config.settings import load
from security.login import scram
from services.operations import database_roles
from tests.api.applications import Serve
from tests.live.hubs import RunningHub, hub
from tests.web.reader import Reader


@pytest.fixture(scope="package")
def live_database(database: Engine) -> Iterator[str]:
    """Give the address of the database for the login that only the hub has, for these tests."""
    with Session(database) as session, session.begin():
        database_roles.make(session, {"live": scram.verifier("secret")})
    url = make_url(load().database_url.get_secret_value())
    yield url.set(username="live", password="secret").render_as_string(hide_password=False)
    # Roles belong to the whole server, where other tests make one of this name.
    with database.begin() as connection:
        connection.execute(text("DROP ROLE live"))


@pytest.fixture(scope="package")
def running(
    live_database: str, tmp_path_factory: pytest.TempPathFactory, servers: dict[str, str]
) -> Iterator[RunningHub]:
    """Serve a hub for all tests."""
    directory: Path = tmp_path_factory.mktemp("live")
    with hub(directory, {**servers, "DATABASE_URL": live_database}) as running:
        yield running


@pytest.fixture
def app(serve: Serve, committed: Engine, celery: Celery) -> Flask:
    del committed, celery
    return serve(load())


@pytest.fixture
def ada(app: Flask) -> Reader:
    return Reader(app).register()


@pytest.fixture
def eve(app: Flask) -> Reader:
    return Reader(app).register("eve@example.test")
