"""A provider that answers as told: each request gets the same raw bytes."""

import json
import socket
from typing import Any

from tests.notifiers.misbehaving import Misbehaving


class Gateway(Misbehaving):
    """`answer` is sent as it is; then the connection is closed, or kept open if it is to hang.

    With `drip` the answer is followed by one byte each 50 ms.
    """

    def __init__(self, answer: bytes, *, hang: bool = False, drip: bool = False) -> None:
        super().__init__()
        self._answer, self._hang, self._drip = answer, hang, drip
        self.requests: list[bytes] = []

    def _serve_one(self, connection: socket.socket) -> None:
        self.requests.append(_request(connection))
        connection.sendall(self._answer)
        while self._drip and not self._over.wait(0.05):
            connection.sendall(b" ")
        if self._hang:
            self._over.wait()


def _request(connection: socket.socket) -> bytes:
    """Read the head and as much of the body as it announces."""
    data = b""
    while not _whole(data):
        if not (more := connection.recv(65536)):
            break
        data += more
    return data


def _whole(data: bytes) -> bool:
    _, end, body = data.partition(b"\r\n\r\n")
    return bool(end) and len(body) >= int(head(data).get("content-length", "0"))


def head(request: bytes) -> dict[str, str]:
    """Read the headers of a request, by their names in lower case."""
    lines = request.partition(b"\r\n\r\n")[0].decode().split("\r\n")[1:]
    return {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}


def content(request: bytes) -> Any:  # noqa: ANN401 - any JSON value
    """Read the JSON that a request carries."""
    return json.loads(request.partition(b"\r\n\r\n")[2])


def http(status: str, body: str, *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body.encode())}", *headers, "", body]
    return "\r\n".join(lines).encode()
