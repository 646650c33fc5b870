"""The websites of the demo shop, to be monitored: one path each.

A path without a page is up for two minutes and down for one, by the clock.
"""

import argparse
import signal
import sys
import time
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from random import Random
from socketserver import TCPServer, ThreadingMixIn
from types import FrameType

from devstack.demo import latency

UP_SECONDS = 120
DOWN_SECONDS = 60
FAULT = "upstream connect error: no healthy upstream"


@dataclass(frozen=True, slots=True)
class Page:
    """How a page of the shop answers: always so, after about so many milliseconds."""

    milliseconds: float
    status: HTTPStatus = HTTPStatus.OK
    text: str = "All is well."
    is_overloaded: bool = False

    def latency_at(self, unix_seconds: float, random: Random) -> float:
        """Draw the milliseconds until the answer."""
        if self.is_overloaded:
            return latency.steady(self.milliseconds, random)
        return latency.milliseconds(self.milliseconds, unix_seconds, random)


PAGES = {
    "/shop": Page(48),
    "/checkout": Page(130),
    "/search": Page(12, HTTPStatus.SERVICE_UNAVAILABLE, FAULT),
    "/login": Page(85),
    "/images": Page(1450, is_overloaded=True),
    "/stock": Page(60),
}
_FLAPPING = {
    HTTPStatus.OK: Page(0),
    HTTPStatus.INTERNAL_SERVER_ERROR: Page(
        0, HTTPStatus.INTERNAL_SERVER_ERROR, "Out of order, as planned."
    ),
}


def status_at(unix_seconds: float) -> HTTPStatus:
    is_up = unix_seconds % (UP_SECONDS + DOWN_SECONDS) < UP_SECONDS
    return HTTPStatus.OK if is_up else HTTPStatus.INTERNAL_SERVER_ERROR


def page_at(path: str, unix_seconds: float) -> Page:
    return PAGES.get(path) or _FLAPPING[status_at(unix_seconds)]


_RANDOM = Random()  # noqa: S311 - no secret


class Handler(BaseHTTPRequestHandler):
    server_version = "envoy"
    sys_version = ""
    # A silent client releases its thread after this time.
    timeout = 10

    def do_GET(self) -> None:
        self._answer(with_body=True)

    def do_HEAD(self) -> None:
        self._answer(with_body=False)

    def log_message(self, *_: object) -> None:
        """Log nothing: every check would be a line."""

    def _answer(self, *, with_body: bool) -> None:
        page = page_at(self.path, time.time())
        time.sleep(page.latency_at(time.time(), _RANDOM) / 1000)
        body = f"{page.text}\n".encode()
        self.send_response(page.status)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if with_body:
            self.wfile.write(body)


class Site(ThreadingMixIn, TCPServer):
    """Unlike the server of `http.server`, it makes no DNS lookup of its own name."""

    allow_reuse_address = True
    daemon_threads = True


def _leave(number: int, frame: FrameType | None) -> None:
    del number, frame
    sys.exit(0)


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m devstack.demo.site", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8081)
    arguments = parser.parse_args(argv)
    signal.signal(signal.SIGTERM, _leave)
    with Site((arguments.host, arguments.port), Handler) as server:
        server.serve_forever()


if __name__ == "__main__":
    main()
