"""A connection that a probe reads and writes, in clear or in TLS, with limits on its input."""

import asyncio
import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

from domain.evaluation.outcome import Cause
from probes.async_probe import failed
from probes.base import StepName
from probes.network.phases import Clock
from security.key_exchange import ServerHello

T = TypeVar("T")

LONGEST_LINE = 4096
MOST_READ = 64 * 1024
_CHUNK = 16 * 1024


class Stream:
    """One connected socket. Errors of the other side raise `Failed` or an `OSError`."""

    def __init__(self, sock: socket.socket, clock: Clock) -> None:
        self._sock = sock
        self._clock = clock
        self._loop = asyncio.get_running_loop()
        self._unread = bytearray()
        self._tls: ssl.SSLObject | None = None
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        self._hello = ServerHello()
        self.is_text = True
        """Whether all that arrives is recorded as it is. Otherwise only what `note` is given."""
        clock.ready()

    @property
    def tls(self) -> ssl.SSLObject | None:
        return self._tls

    def step(self, name: StepName) -> None:
        """Begin the next step of the record of this probe."""
        self._clock.step(name)

    def note(self, words: str) -> None:
        """Record what arrived in these words."""
        self._clock.note_received(words.encode())

    async def start_tls(self, context: ssl.SSLContext, host: str) -> None:
        """Change to TLS; unread data before the handshake is an error."""
        if self._unread:
            raise failed(Cause.PROTOCOL, "The server sent more data before the change to TLS.")
        tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname=host)
        with self._clock.phase("tls"):
            await self._pumped(tls.do_handshake)
            self._clock.note_received(_agreed(tls))
        self._tls = tls
        self._clock.ready()

    async def await_verdict(self, seconds: float) -> None:
        """Wait for what a server sends after a handshake of TLS 1.3: tickets, or an alert.

        Only then has it seen the client certificate. A server that sends nothing accepted it. Data
        that crossed an alert would lose it: the server resets the connection.
        """
        if self._tls is None or self._tls.version() != "TLSv1.3":
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                self._feed(await self._loop.sock_recv(self._sock, _CHUNK))
        with suppress(ssl.SSLWantReadError):
            self._unread += _read_tls(self._tls)

    async def write(self, data: bytes, *, shown: bytes | None = None) -> None:
        """Send data. `shown` is recorded in its place, if it holds a secret or is not text."""
        self._clock.note_sent(data if shown is None else shown)
        if self._tls is None:
            await self._loop.sock_sendall(self._sock, data)
        else:
            tls = self._tls
            await self._pumped(lambda: tls.write(data))

    async def read_line(self) -> bytes:
        """Return the next line without its end."""
        line = await self._read_past(
            b"\n", LONGEST_LINE, "The server sent a line that is too long."
        )
        return line.rstrip(b"\r\n")

    async def read_past(self, mark: bytes) -> bytes:
        """Return everything up to the mark, and the mark."""
        return await self._read_past(mark, MOST_READ, "The server sent too much data.")

    def retell(self, words: bytes) -> None:
        """Record words in place of what came in this step, which is not text."""
        self._clock.retell(words)

    async def read_exactly(self, size: int) -> bytes:
        while len(self._unread) < size:
            await self._read_more()
        return self._take(size)

    async def read_some(self) -> bytes:
        """Return all received data, at least one byte."""
        if not self._unread:
            await self._read_more()
        return self._take(len(self._unread))

    async def read_until_found(self, wanted: bytes) -> bool:
        """Return whether the text arrives before the end of the stream and within the limit."""
        while wanted not in self._unread:
            if len(self._unread) >= MOST_READ or not await self._receive_more():
                return False
        return True

    def duplicate(self) -> socket.socket:
        """Return the connection for a library that speaks its protocol itself, which closes it."""
        return self._sock.dup()

    def unread(self) -> bytes:
        """Return the data that has arrived and was not taken."""
        return bytes(self._unread)

    def close(self) -> None:
        with suppress(OSError):
            self._sock.close()

    async def _read_past(self, mark: bytes, most: int, too_much: str) -> bytes:
        while (found := self._unread.find(mark)) < 0:
            if len(self._unread) >= most:
                raise failed(Cause.PROTOCOL, too_much)
            await self._read_more()
        return self._take(found + len(mark))

    def _take(self, size: int) -> bytes:
        taken = bytes(self._unread[:size])
        del self._unread[:size]
        return taken

    async def _read_more(self) -> None:
        if not await self._receive_more():
            raise failed(Cause.CLOSED, "The connection was closed before the answer was complete.")

    async def _receive_more(self) -> bool:
        tls = self._tls
        if tls is None:
            data = await self._loop.sock_recv(self._sock, _CHUNK)
        else:
            data = await self._pumped(lambda: _read_tls(tls))
        if data:
            self._clock.heard()
            if self.is_text:
                self._clock.note_received(data)
        self._unread += data
        return bool(data)

    async def _pumped(self, step: Callable[[], T]) -> T:
        """Run a step of TLS, and carry its data in both directions."""
        while True:
            try:
                result = step()
            except ssl.SSLWantReadError:
                await self._flush()
                self._feed(await self._loop.sock_recv(self._sock, _CHUNK))
            else:
                await self._flush()
                return result

    def _feed(self, data: bytes) -> None:
        """Pass received data to OpenSSL, unless it would start a costly computation."""
        if self._hello.is_costly(data):
            raise failed(Cause.TLS, "The server requires a key exchange that is too expensive.")
        if data:
            self._incoming.write(data)
        else:
            self._incoming.write_eof()

    async def _flush(self) -> None:
        if data := self._outgoing.read():
            await self._loop.sock_sendall(self._sock, data)


def _agreed(tls: ssl.SSLObject) -> bytes:
    """Return the version and the cipher of a connection in words."""
    cipher = tls.cipher()
    return f"{tls.version()} {cipher[0] if cipher else ''}".encode()


def _read_tls(tls: ssl.SSLObject) -> bytes:
    try:
        return tls.read(_CHUNK)
    except (ssl.SSLEOFError, ssl.SSLZeroReturnError):
        return b""
