"""A proxy before a bucket that fails, stalls, cuts answers short, or lies, some calls at a time."""

import http.client
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

STALLED_SECONDS = 3
"""Longer than the store waits in the tests."""
_HOPS = {"connection", "transfer-encoding", "keep-alive", "date", "server", "content-length"}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    upstream: ClassVar[tuple[str, int]]
    faults: ClassVar[Sequence[str]]
    every: ClassVar[int]
    calls: ClassVar[int]
    broken: ClassVar[int]
    ended: ClassVar[threading.Event]
    lock: ClassVar[threading.Lock]

    def do_GET(self) -> None:
        self._serve()

    do_PUT = do_HEAD = do_DELETE = do_POST = do_GET  # noqa: N815

    def log_message(self, *_: object) -> None:
        pass

    def _serve(self) -> None:
        size = int(self.headers.get("content-length") or 0)
        body = self.rfile.read(size) if size else b""
        fault = self._fault()
        if fault == "error":
            self._answer(500, [], b"<Error><Code>InternalError</Code></Error>")
            return
        if fault == "stall":
            self.ended.wait(STALLED_SECONDS)
            self.close_connection = True
            return
        if fault == "truncate" and self.command == "PUT":
            # The bucket keeps half of it and says nothing.
            body = body[: len(body) // 2]
        status, headers, content = self._forward(body)
        if fault == "etag":
            headers = [(k, '"0123"' if k.lower() == "etag" else v) for k, v in headers]
        if fault == "short" and self.command == "GET":
            self._answer(status, headers, content, sent=len(content) // 2)
            self.close_connection = True
            return
        self._answer(status, headers, content)

    def _fault(self) -> str:
        """Return the fault of this call, or nothing; the faults take turns."""
        cls = type(self)
        with self.lock:
            cls.calls += 1
            if cls.calls % cls.every:
                return ""
            cls.broken += 1
            return cls.faults[cls.broken % len(cls.faults)]

    def _forward(self, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
        connection = http.client.HTTPConnection(*self.upstream, timeout=10)
        headers = {k: v for k, v in self.headers.items() if k.lower() not in _HOPS}
        connection.request(self.command, self.path, body=body, headers=headers)
        answer = connection.getresponse()
        content = answer.read()
        found = [(k, v) for k, v in answer.getheaders() if k.lower() not in _HOPS]
        if self.command == "HEAD":
            found.append(("Content-Length", answer.getheader("content-length") or "0"))
        connection.close()
        return answer.status, found, content

    def _answer(
        self,
        status: int,
        headers: list[tuple[str, str]],
        content: bytes,
        *,
        sent: int | None = None,
    ) -> None:
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        if self.command != "HEAD":
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content[:sent])


class FaultyS3:
    """The proxy: its address, and how many calls it broke."""

    def __init__(self, handler: type[_Handler], port: int) -> None:
        self._handler = handler
        self.endpoint = f"http://127.0.0.1:{port}"

    @property
    def broken(self) -> int:
        return self._handler.broken


@contextmanager
def faulty(upstream: tuple[str, int], faults: Sequence[str], *, every: int) -> Iterator[FaultyS3]:
    """Serve a bucket such that one call of so many breaks, in one way after the other."""

    class Handler(_Handler):
        pass

    Handler.upstream, Handler.faults, Handler.every = upstream, faults, every
    Handler.calls = Handler.broken = 0
    Handler.ended, Handler.lock = threading.Event(), threading.Lock()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield FaultyS3(Handler, server.server_port)
    finally:
        Handler.ended.set()
        server.shutdown()
        server.server_close()
        thread.join()
