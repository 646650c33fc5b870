"""Pages while Postgres or Redis restart: a request is lost at most, and nobody is logged out."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from celery import Celery
from flask import Flask
from redis import Redis
from sqlalchemy import Engine, create_engine, event, func, select
from sqlalchemy.orm import Session

from config.settings import load
from models.session import engine
from tests.api.applications import Serve
from tests.web.reader import Reader

PAGES = ("/", "/monitors", "/incidents", "/reports")
LOST = "This page cannot be shown now"


@pytest.fixture
def app(serve: Serve, committed: Engine, celery: Celery) -> Flask:
    """Make an application with connections of its own."""
    del committed, celery
    return serve(load())


def end_connections(database: Engine, pid: int | None = None) -> None:
    """Let the server end one connection, or all others, as it does when it is restarted."""
    with database.connect() as connection:
        if pid is not None:
            connection.execute(select(func.pg_terminate_backend(pid)))
            return
        connection.exec_driver_sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


@contextmanager
def ended_at(statement: int, database: Engine) -> Iterator[None]:
    """Let the server end the connection of a request before a statement of it."""
    left, api = statement, engine("downtime_api")

    def count(*arguments: Any) -> None:  # noqa: ANN401 - of an event of SQLAlchemy
        nonlocal left
        left -= 1
        if not left:
            end_connections(database, arguments[1].connection.info.backend_pid)

    event.listen(api, "before_cursor_execute", count)
    try:
        yield
    finally:
        event.remove(api, "before_cursor_execute", count)


def test_a_connection_that_is_lost_at_any_statement_costs_one_request(
    ada: Reader, committed: Engine
) -> None:
    ada.api.make_monitor()
    path = "/monitors"
    statement, answer = 0, None
    while answer is None or answer.status == 503:
        statement += 1
        with ended_at(statement, committed):
            answer = ada.get(path)
        assert answer.status in {200, 503}
        assert (LOST in answer.text) == (answer.status == 503)
        assert ada.get(path).status == 200
    assert statement > 3


def test_a_restart_between_two_requests_costs_none(ada: Reader, committed: Engine) -> None:
    for path in PAGES:
        assert ada.get(path).status == 200
        end_connections(committed)
        assert ada.get(path).status == 200


def test_an_action_whose_connection_is_lost_is_done_once_when_it_is_sent_again(
    ada: Reader, committed: Engine
) -> None:
    page = ada.get("/monitors/new/http")
    with ended_at(6, committed):
        lost = ada.fill(page, "/monitors/new/http", name="Shop", url="https://shop.test/")
    assert (lost.status, LOST in lost.text) == (503, True)
    assert ada.api.read("monitors")["items"] == []
    done = ada.fill(page, "/monitors/new/http", name="Shop", url="https://shop.test/")
    assert done.path.startswith("/monitors/")
    assert len(ada.api.read("monitors")["items"]) == 1


def test_an_emptied_redis_logs_nobody_out(ada: Reader, redis: Redis) -> None:
    redis.flushdb()
    for path in PAGES:
        seen = ada.get(path)
        assert (seen.status, seen.path) == (200, path)


def test_without_postgres_a_page_says_so_and_comes_back(serve: Serve, ada: Reader) -> None:
    nowhere = create_engine("postgresql+psycopg2://127.0.0.1:1/postgres")
    cookie = ada.cookie("session") or ""

    @contextmanager
    def unreachable() -> Iterator[Session]:
        with Session(nowhere) as session, session.begin():
            yield session

    lost = serve(load(), unreachable).test_client()
    lost.set_cookie("session", cookie)
    answer = lost.get("/monitors", headers={"Accept": "text/html"})
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert LOST in answer.text
    assert ada.get("/monitors").status == 200
