"""A mail server that keeps what it accepts: `python -m devstack.sinks.smtp --port 1025`."""

import asyncio
import socket
import ssl
from collections.abc import Sequence
from pathlib import Path
from threading import Event, Thread
from typing import Any, Self

from aiosmtpd.smtp import SMTP, Envelope

from devstack.sinks.inbox import keep
from devstack.sinks.serve import directory_of, parser, serve

_LARGEST = 1024 * 1024
_TURNS = 100


class MailSink:
    """Serves in a thread of its own; port 0 takes a free one. `options` are those of aiosmtpd."""

    def __init__(
        self,
        directory: Path,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        tls: ssl.SSLContext | None = None,
        **options: Any,  # noqa: ANN401 - they are aiosmtpd's
    ) -> None:
        self.directory = directory
        self.host = host
        self.port = port
        self._tls = tls
        self._options = options
        self._open: set[asyncio.Transport] = set()
        self._ready = Event()
        self._thread = Thread(target=lambda: asyncio.run(self._serve()), name="mail sink")

    @property
    def url(self) -> str:
        return f"{'smtps' if self._tls else 'smtp'}://{self.host}:{self.port}"

    def __enter__(self) -> Self:
        # Bound here, so that a port in use raises in the caller.
        self._listener = socket.create_server((self.host, self.port))
        self.port = self._listener.getsockname()[1]
        self._thread.start()
        self._ready.wait()
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join()

    async def handle_DATA(self, _server: SMTP, _session: object, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        header = "".join(f"X-Envelope-To: {recipient}\r\n" for recipient in envelope.rcpt_tos)
        keep(self.directory, ".eml", header.encode() + bytes(envelope.original_content or b""))
        return "250 OK: kept"

    async def _serve(self) -> None:
        self._loop, self._end = asyncio.get_running_loop(), asyncio.Event()
        server = await self._loop.create_server(self._protocol, sock=self._listener, ssl=self._tls)
        self._ready.set()
        await self._end.wait()
        # A connection accepted just now needs some turns of the loop, and an open server, until it
        # is open.
        self._loop.remove_reader(self._listener)
        for _ in range(_TURNS):
            if len(asyncio.all_tasks()) == 1:
                break
            while self._open:
                self._open.pop().abort()
            await asyncio.sleep(0)
        server.close()

    def _protocol(self) -> SMTP:
        # Without a name, aiosmtpd asks DNS for one.
        return _Conversation(
            self,
            open_transports=self._open,
            hostname="localhost",
            data_size_limit=_LARGEST,
            enable_SMTPUTF8=True,
            loop=self._loop,
            **self._options,
        )


class _Conversation(SMTP):
    """Records the open connections, so that none is left to the garbage collector."""

    def __init__(
        self,
        sink: MailSink,
        *,
        open_transports: set[asyncio.Transport],
        **options: Any,  # noqa: ANN401 - they are aiosmtpd's
    ) -> None:
        super().__init__(sink, **options)
        self._open = open_transports

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if isinstance(transport, asyncio.Transport):
            self._open.add(transport)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        super().connection_lost(error)
        self._open -= {each for each in self._open if each.is_closing()}


def main(argv: Sequence[str] | None = None) -> None:
    options = parser("devstack.sinks.smtp", port=1025).parse_args(argv)
    directory = directory_of(options.directory, "mail")
    serve(MailSink(directory, host=options.host, port=options.port))


if __name__ == "__main__":
    main()
