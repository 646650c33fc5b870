"""A server that misbehaves as told, to one connection after the other."""

import socket
from threading import Event, Thread
from typing import Self


class Misbehaving:
    """Listens while it is entered; `_serve_one` says what happens on each connection."""

    scheme = "http"

    def __init__(self) -> None:
        self._over = Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"{self.scheme}://127.0.0.1:{self._listener.getsockname()[1]}"
        self._thread = Thread(target=self._serve, name=f"misbehaving {self.scheme} server")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()

    def _serve(self) -> None:
        while not self._over.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with connection:
                try:
                    self._serve_one(connection)
                except OSError:
                    continue

    def _serve_one(self, connection: socket.socket) -> None:
        raise NotImplementedError
