"""A WSGI application of somebody else's, served on loopback from a thread."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from threading import Condition, Thread
from typing import TYPE_CHECKING

from werkzeug.serving import WSGIRequestHandler, make_server

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_PATIENCE_SECONDS = 60
_POLL_SECONDS = 0.02
"""How long the end of a server is waited for."""


class _Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002 - werkzeug's name
        del type, message, args


class _Gate:
    """Lets requests in until it closes, which takes until those are done."""

    def __init__(self, application: "WSGIApplication") -> None:
        self._application = application
        self._changed = Condition()
        self._inside = 0
        self._is_open = True

    def __call__(self, environ: "WSGIEnvironment", respond: "StartResponse") -> Iterable[bytes]:
        with self._changed:
            if not self._is_open:
                respond(f"{HTTPStatus.SERVICE_UNAVAILABLE.value} Closed", [])
                return []
            self._inside += 1
        try:
            return self._application(environ, respond)
        finally:
            with self._changed:
                self._inside -= 1
                self._changed.notify_all()

    def close(self) -> None:
        with self._changed:
            self._is_open = False
            assert self._changed.wait_for(lambda: not self._inside, _PATIENCE_SECONDS)


@contextmanager
def served(application: "WSGIApplication", port: int = 0) -> Iterator[str]:
    """Serve until the block ends; no request is being answered after it. The address has no path."""
    gate = _Gate(application)
    server = make_server("127.0.0.1", port, gate, threaded=True, request_handler=_Quiet)
    thread = Thread(target=server.serve_forever, args=(_POLL_SECONDS,), name="wsgi", daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        gate.close()
        server.server_close()
