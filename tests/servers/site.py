r"""A site whose answers a test sets while it runs, cheap at a thousand requests a second.

with ScriptedSite() as site:
    site.answer = 500                              # a status for every path,
    site.answer = lambda path: 200                 # or a function of the path,
    site.answer = b"HTTP/1.1 200 OK\r\n\r\nraw"        # or bytes as they stand, and then a close
    site.answer = Late(200, seconds=3)             # or a status after a while, after `inf` never
    site.requests["/path"]                         # how often each path was asked for
    site.received                                  # the last requests, as they came
"""

import asyncio
import ssl
from collections import Counter, deque
from collections.abc import Callable
from http import HTTPStatus
from math import isinf
from threading import Event, Thread
from types import TracebackType
from typing import NamedTuple, Self


class Late(NamedTuple):
    """A status that is sent so many seconds after the request; `inf` is never."""

    status: int
    seconds: float


Answer = int | bytes | Late
Script = Answer | Callable[[str], Answer]


class ScriptedSite:
    """Serves on loopback from a thread of its own until it is closed.

    `answer` and `body` may be set at any time. A function given as answer is called on the thread
    of the server and must not block.
    """

    def __init__(
        self, *, host: str = "127.0.0.1", port: int = 0, tls: ssl.SSLContext | None = None
    ) -> None:
        self.answer: Script = 200
        self.body = b"hello"
        self.requests: Counter[str] = Counter()
        self.received: deque[bytes] = deque(maxlen=1000)
        self.host = host
        self.port = port
        self._tls = tls
        self._loop = asyncio.new_event_loop()
        self._ready = Event()
        self._open: set[asyncio.Transport] = set()
        self._thread = Thread(target=self._serve, name="scripted-site", daemon=True)

    @property
    def url(self) -> str:
        """Return the address without a path, such as `http://127.0.0.1:40123`."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'https' if self._tls else 'http'}://{host}:{self.port}"

    @property
    def count(self) -> int:
        return self.requests.total()

    def __enter__(self) -> Self:
        self._thread.start()
        if not self._ready.wait(10):
            raise RuntimeError(f"The site could not listen on {self.host}:{self.port}.")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        test_run: TracebackType | None,
    ) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def reply_to(self, path: str) -> Answer:
        self.requests[path] += 1
        return self.answer(path) if callable(self.answer) else self.answer

    def _serve(self) -> None:
        server = self._loop.run_until_complete(
            self._loop.create_server(
                lambda: _Conversation(self, self._open),
                self.host,
                self.port,
                ssl=self._tls,
                backlog=4096,
            )
        )
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        self._loop.run_forever()
        self._loop.run_until_complete(self._close(server))
        self._loop.close()

    async def _close(self, server: asyncio.Server) -> None:
        server.close()
        # A connection that was accepted this moment takes some turns of the loop until it is open.
        while self._open or len(asyncio.all_tasks()) > 1:
            for transport in tuple(self._open):
                transport.abort()
            await asyncio.sleep(0)


class _Conversation(asyncio.Protocol):
    """One connection, which may carry several requests."""

    def __init__(self, site: ScriptedSite, open_transports: set[asyncio.Transport]) -> None:
        self._site = site
        self._open = open_transports
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._open.add(transport)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - the name is asyncio's
        self._open.discard(self._transport)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            length = end + 4 + _content_length(self._buffer[:end])
            if len(self._buffer) < length:
                return
            request, self._buffer = self._buffer[:length], self._buffer[length:]
            self._answer(request)

    def _answer(self, request: bytes) -> None:
        method, path, _ = request.split(b" ", 2)
        self._site.received.append(request)
        answer = self._site.reply_to(path.decode("latin-1"))
        if isinstance(answer, bytes):
            self._transport.write(answer)
            self._transport.close()
        elif isinstance(answer, int):
            self._send(method, answer)
        elif not isinf(answer.seconds):
            loop = asyncio.get_running_loop()
            loop.call_later(answer.seconds, self._send, method, answer.status)

    def _send(self, method: bytes, status: int) -> None:
        body = b"" if status in {204, 304} else self._site.body
        head = _head(status, len(body))
        self._transport.write(head if method == b"HEAD" else head + body)


def _content_length(head: bytes) -> int:
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    return 0


def _head(status: int, length: int) -> bytes:
    try:
        phrase = HTTPStatus(status).phrase
    except ValueError:
        phrase = ""
    return f"HTTP/1.1 {status} {phrase}\r\nContent-Length: {length}\r\n\r\n".encode()
