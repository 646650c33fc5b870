"""Two transactions at once: the second has begun, and waits for the first."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from time import monotonic, sleep
from typing import TypeVar

from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

T = TypeVar("T")


@contextmanager
def while_open(engine: Engine, act: Callable[[], T]) -> Iterator[tuple[Session, Future[T]]]:
    """Yield a transaction, and what comes of `act`, which begins at the end of it.

    The transaction commits when `act` waits for it.
    """
    answer: Future[T] = Future()

    def run() -> None:
        try:
            answer.set_result(act())
        except BaseException as error:  # noqa: BLE001 - whoever asks for the result gets it
            answer.set_exception(error)

    with ThreadPoolExecutor(1) as pool, Session(engine) as session, session.begin():
        yield session, answer
        session.flush()
        pool.submit(run)
        until_somebody_waits(engine)


def until_somebody_waits(engine: Engine) -> None:
    """Return when a statement waits for a lock."""
    waits = text(
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    give_up = monotonic() + 20
    while True:
        with engine.connect() as connection:
            if connection.scalar(waits):
                return
        assert monotonic() < give_up, "Nobody waits."
        sleep(0.01)
