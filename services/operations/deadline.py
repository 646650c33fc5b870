"""Runs a read that may hang, with a time limit."""

from collections.abc import Callable
from concurrent.futures import Future
from threading import Lock, Thread
from typing import TypeVar

Found = TypeVar("Found")

_one_at_a_time = Lock()


def within(seconds: float, read: Callable[[], Found]) -> Found:
    """Return what `read` returns or raise what it raises; `TimeoutError` after `seconds`.

    A read that hangs stays in its thread, and no other begins until it ends. So however often this
    is called, only one thread and one connection are lost.
    """
    if not _one_at_a_time.acquire(timeout=seconds):
        raise TimeoutError
    found: Future[Found] = Future()
    try:
        Thread(target=_take, args=(read, found), name="look", daemon=True).start()
    except BaseException:
        # The thread did not start, so it cannot release the lock.
        _one_at_a_time.release()
        raise
    return found.result(timeout=seconds)


def _take(read: Callable[[], Found], found: Future[Found]) -> None:
    try:
        found.set_result(read())
    except Exception as error:  # noqa: BLE001 - it is raised in the waiting thread
        found.set_exception(error)
    finally:
        _one_at_a_time.release()
