"""The way from the browser to the application and back, and what may happen on it."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from threading import Event
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

PATIENCE_SECONDS = 60


class Way:
    """Serves the application; `path` is the end of a path in each case."""

    def __init__(self, application: "WSGIApplication") -> None:
        self._application = application
        self._before: list[Callable[[str], None]] = []
        self._broken: list[str] = []

    def __call__(self, environ: "WSGIEnvironment", respond: "StartResponse") -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        for each in tuple(self._before):
            each(path)
        answer = self._application(environ, respond)
        if not any(path.endswith(each) for each in self._broken):
            return answer
        whole = b"".join(answer)
        return [whole[: len(whole) // 2]]

    @contextmanager
    def held(self, path: str) -> Iterator[Event]:
        """Let one request wait until the block ends; the event says that it does."""
        is_asked, may_go_on = Event(), Event()

        def hold(asked: str) -> None:
            if asked.endswith(path) and not is_asked.is_set():
                is_asked.set()
                may_go_on.wait(PATIENCE_SECONDS)

        self._before.append(hold)
        try:
            yield is_asked
        finally:
            may_go_on.set()
            self._before.remove(hold)

    @contextmanager
    def broken_off(self, path: str) -> Iterator[None]:
        """Send half of each answer until the block ends."""
        self._broken.append(path)
        try:
            yield
        finally:
            self._broken.remove(path)
