"""A gate before Flower: every path requires the operator's password and is read-only.

Flower itself leaves some paths open (`/metrics`, `/healthcheck`, static files) and authenticates in
each handler. It also shows the arguments and the exceptions of tasks.
"""

import hmac
from base64 import b64encode
from collections.abc import Mapping
from typing import Any

from flower.app import Flower
from flower.events import EventsState
from flower.inspector import Inspector
from tornado.httputil import HTTPServerRequest
from tornado.web import RequestHandler

_UNSAID = frozenset({"args", "kwargs", "result", "exception", "traceback"})
_READS = frozenset({"GET", "HEAD"})
# The table of tasks uses POST because its query is long.
_ASKS_BY_POST = "/tasks/datatable"
_HEADERS = {
    "Cache-Control": "no-store",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
}


class QuietState(EventsState):  # type: ignore[misc] # it has no types
    """Records which tasks ran, without their arguments and results."""

    def event(self, event: Mapping[str, Any]) -> None:
        super().event({name: value for name, value in event.items() if name not in _UNSAID})


class QuietInspector(Inspector):  # type: ignore[misc] # it has no types
    """Keeps the names of a worker's tasks, without their arguments."""

    def _on_update(self, workername: str, method: str, response: Any) -> None:
        super()._on_update(workername, method, without_arguments(response))


class GatedFlower(Flower):  # type: ignore[misc] # it has no types
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        entries = self.options.basic_auth
        self._entries = [b"Basic " + b64encode(entry.encode()) for entry in entries]
        seconds = self.options.inspect_timeout / 1000
        self.inspector = QuietInspector(self.io_loop, self.capp, seconds)
        self.events.state = QuietState(
            max_tasks_in_memory=self.options.max_tasks,
            max_workers_in_memory=self.options.max_workers,
        )

    def find_handler(self, request: HTTPServerRequest, **kwargs: Any) -> Any:
        """Choose the handler before any code of Flower runs."""
        if not self._is_known(request):
            return self.get_handler_delegate(request, Refusal, {"status": 401})
        if not _is_read_only(request):
            return self.get_handler_delegate(request, Refusal, {"status": 405})
        return super().find_handler(request, **kwargs)

    def _is_known(self, request: HTTPServerRequest) -> bool:
        given = request.headers.get("Authorization", "").encode()
        return any(hmac.compare_digest(given, entry) for entry in self._entries)


class Refusal(RequestHandler):
    """Answers every method in the same way, and takes no cookie."""

    def initialize(self, status: int) -> None:
        self._refused_with = status

    def set_default_headers(self) -> None:
        for name, value in _HEADERS.items():
            self.set_header(name, value)

    def check_xsrf_cookie(self) -> None:
        """Do nothing: a refusal changes nothing, so it needs no protection."""

    def prepare(self) -> None:
        self.set_status(self._refused_with)
        if self._refused_with == 401:  # noqa: PLR2004 - asks for a password
            self.set_header("WWW-Authenticate", 'Basic realm="Flower", charset="UTF-8"')
        else:
            self.set_header("Allow", ", ".join(sorted(_READS)))
        self.finish()


def without_arguments(answer: Any) -> Any:
    """Return a worker's answer about its tasks with the arguments blanked."""
    if isinstance(answer, list):
        return [without_arguments(each) for each in answer]
    if isinstance(answer, dict):
        unsaid = _UNSAID if "args" in answer and "kwargs" in answer else frozenset[str]()
        return {
            name: "" if name in unsaid else without_arguments(value)
            for name, value in answer.items()
        }
    return answer


def _is_read_only(request: HTTPServerRequest) -> bool:
    if request.method == "POST":
        return request.path == _ASKS_BY_POST
    return request.method in _READS
