"""The threads of an API process: some serve nothing but pings and the question whether it lives.

A ping that nobody takes is a job that seems to have failed. However many slow requests there are, and
whoever sends them, pings do not wait behind them.
"""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, ParamSpec, TypeVar

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")

RESERVED = 2
_URGENT = ("/ping/", "/healthz")


def is_urgent(path: str) -> bool:
    """Tell by the path of a request whether a reserved thread serves it."""
    return path.startswith(_URGENT)


class ServingThreads(ThreadPoolExecutor):
    """Takes the place of the pool of gunicorn's worker: `threads` of all, `RESERVED` of them for what is urgent."""

    def __init__(self, threads: int) -> None:
        super().__init__(max(1, threads - RESERVED), thread_name_prefix="serving")
        self._urgent = ThreadPoolExecutor(RESERVED, thread_name_prefix="serving-urgent")

    def submit_urgent(
        self,
        function: Callable[Parameters, Result],
        *args: Parameters.args,
        **named: Parameters.kwargs,
    ) -> Future[Result]:
        """Call it in a reserved thread."""
        return self._urgent.submit(function, *args, **named)

    def shutdown(self, wait: bool = True, **named: Any) -> None:  # noqa: ANN401, FBT001, FBT002 - the signature is the library's
        self._urgent.shutdown(wait, **named)
        super().shutdown(wait, **named)
