"""A site that speaks HTTP/3 and nothing else, by aioquic."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

from aioquic.asyncio.protocol import QuicConnectionProtocol
from aioquic.asyncio.server import serve
from aioquic.h3.connection import H3_ALPN, H3Connection
from aioquic.h3.events import HeadersReceived
from aioquic.quic.configuration import QuicConfiguration
from aioquic.quic.events import ProtocolNegotiated, QuicEvent

from tests.servers.certificates import Certificates
from tests.servers.daemon import free_port


class _Site(QuicConnectionProtocol):
    _http: H3Connection | None = None

    def quic_event_received(self, event: QuicEvent) -> None:
        if isinstance(event, ProtocolNegotiated):
            self._http = H3Connection(self._quic)
        if self._http is None:
            return
        for each in self._http.handle_event(event):
            if isinstance(each, HeadersReceived):
                self._http.send_headers(each.stream_id, [(b":status", b"200")])
                self._http.send_data(each.stream_id, b"inside", end_stream=True)
        self.transmit()


@contextmanager
def http3_site(certificates: Certificates, directory: Path) -> Iterator[str]:
    configuration = QuicConfiguration(alpn_protocols=H3_ALPN, is_client=False)
    configuration.load_cert_chain(*certificates.files(directory))
    port = free_port(socket.SOCK_DGRAM)
    ready, over = Event(), Event()

    async def run() -> None:
        server = await serve("127.0.0.1", port, configuration=configuration, create_protocol=_Site)
        ready.set()
        await asyncio.to_thread(over.wait)
        server.close()
        # The transport closes in the next round of the loop.
        await asyncio.sleep(0)

    thread = Thread(target=asyncio.run, args=(run(),), name="http3", daemon=True)
    thread.start()
    assert ready.wait(10)
    try:
        yield f"https://127.0.0.1:{port}"
    finally:
        over.set()
        thread.join()
