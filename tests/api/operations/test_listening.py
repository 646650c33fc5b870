"""Notes that the API takes requests: none while it hangs, is gone, or cannot write them."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

import psutil
from flask import Flask
from sqlalchemy import Engine, func, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session
from structlog.testing import capture_logs

from domain.evaluation.heartbeat import TOLERATED_GAP
from models import PingReceiverSpan
from server.listening import EVERY_SECONDS, Listener
from server.resources import Transactions
from tests.conftest import ROOT
from tests.devstack.eventually import eventually
from tests.servers.wsgi import served


def spans(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(PingReceiverSpan)) or 0


def listener(port: int, transaction: Transactions) -> Listener:
    return Listener(family=socket.AF_INET, address=("127.0.0.1", port), transaction=transaction)


def test_notes_come_more_often_than_a_gap_is_long() -> None:
    assert TOLERATED_GAP.total_seconds() > 3 * EVERY_SECONDS


def test_an_api_that_answers_is_noted(
    app: Flask, transaction: Transactions, session: Session
) -> None:
    with served(app) as url:
        watched = listener(urlsplit(url).port or 0, transaction)
        watched.note()
        watched.note()
    assert watched.is_listening
    assert spans(session) == 1


def test_an_api_that_accepts_and_does_not_answer_is_not_noted(
    transaction: Transactions, session: Session
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as hanging, capture_logs() as lines:
        watched = listener(hanging.getsockname()[1], transaction)
        watched.note()
        watched.note()
    assert not watched.is_listening
    assert spans(session) == 0
    # Once, not every few seconds.
    assert [line["event"] for line in lines] == ["pings_cannot_be_taken"]


def test_an_api_that_is_gone_or_broken_is_not_noted(
    transaction: Transactions, session: Session
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    listener(port, transaction).note()
    broken = Flask("broken")
    with served(broken) as url:
        listener(urlsplit(url).port or 0, transaction).note()
    assert spans(session) == 0


def test_a_database_that_is_away_ends_no_listener(app: Flask, transaction: Transactions) -> None:
    @contextmanager
    def away() -> Iterator[Session]:
        raise OperationalError("SELECT 1", {}, Exception("away"))
        yield  # type: ignore[unreachable] # Makes it a generator.

    with served(app) as url:
        watched = listener(urlsplit(url).port or 0, away)
        watched.note()
        assert not watched.is_listening
        watched.transaction = transaction
        watched.note()
        assert watched.is_listening


@contextmanager
def gunicorn(directory: Path) -> Iterator[psutil.Process]:
    """Run the API as it is run in production, on any port."""
    program = Path(sys.executable).with_name("gunicorn")
    environment = {**os.environ, "DOWNTIME_BIND": "127.0.0.1:0"}
    with (directory / "gunicorn.log").open("wb") as output:
        process = subprocess.Popen(
            [program, "--config", "deploy/gunicorn.conf.py", "wsgi:app"],
            cwd=ROOT,
            env=environment,
            stdout=output,
            stderr=output,
        )
    try:
        yield psutil.Process(process.pid)
    finally:
        process.send_signal(signal.SIGCONT)
        process.terminate()
        process.wait(40)


def noted_until(engine: Engine) -> datetime | None:
    with engine.connect() as connection:
        return connection.scalar(select(func.max(PingReceiverSpan.until_at)))


def test_the_processes_of_the_api_note_it_from_their_start_until_they_are_stopped(
    committed: Engine, tmp_path: Path
) -> None:
    with gunicorn(tmp_path) as arbiter:
        eventually(lambda: noted_until(committed), seconds=60)
        first = noted_until(committed)
        eventually(lambda: noted_until(committed) != first, seconds=60)
        [worker] = arbiter.children()
        worker.kill()
        last = noted_until(committed)
        eventually(lambda: noted_until(committed) != last, seconds=60)
