"""The threads of an API process, some of which serve only pings and liveness checks.

An unanswered ping looks like a failed job. So pings never wait behind slow requests, however many
there are.
"""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, ParamSpec, TypeVar

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")

RESERVED = 2
_URGENT = ("/ping/", "/healthz")


def is_urgent(path: str) -> bool:
    """Return whether a reserved thread serves the request, by its path."""
    return path.startswith(_URGENT)


class ServingThreads(ThreadPoolExecutor):
    """Replaces the thread pool of gunicorn's worker.

    It has `threads` threads, of which `RESERVED` serve only urgent requests.
    """

    def __init__(self, threads: int) -> None:
        super().__init__(max(1, threads - RESERVED), thread_name_prefix="serving")
        self._urgent = ThreadPoolExecutor(RESERVED, thread_name_prefix="serving-urgent")

    def submit_urgent(
        self,
        function: Callable[Parameters, Result],
        *args: Parameters.args,
        **named: Parameters.kwargs,
    ) -> Future[Result]:
        """Run the function in a reserved thread."""
        return self._urgent.submit(function, *args, **named)

    def shutdown(self, wait: bool = True, **named: Any) -> None:  # noqa: ANN401, FBT001, FBT002 - the signature is the library's
        self._urgent.shutdown(wait, **named)
        super().shutdown(wait, **named)
