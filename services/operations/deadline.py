"""A look at something that may hang gets so much time, and no more."""

from collections.abc import Callable
from concurrent.futures import Future
from threading import Lock, Thread
from typing import TypeVar

Found = TypeVar("Found")

_one_at_a_time = Lock()


def within(seconds: float, read: Callable[[], Found]) -> Found:
    """Return what a look finds, or raise what it raises; `TimeoutError` if that takes too long.

    A look that hangs is left alone in its thread, and until it ends no other begins: however often
    somebody asks, it is one thread and one connection that are lost.
    """
    if not _one_at_a_time.acquire(timeout=seconds):
        raise TimeoutError
    found: Future[Found] = Future()
    try:
        Thread(target=_take, args=(read, found), name="look", daemon=True).start()
    except BaseException:
        # No thread is left to begin, so none gives the turn back.
        _one_at_a_time.release()
        raise
    return found.result(timeout=seconds)


def _take(read: Callable[[], Found], found: Future[Found]) -> None:
    try:
        found.set_result(read())
    except Exception as error:  # noqa: BLE001 - it is raised where the answer is waited for
        found.set_exception(error)
    finally:
        _one_at_a_time.release()
