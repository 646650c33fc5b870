"""What is no HTTP is refused by a real gunicorn, and repeated neither to its sender nor in the log."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.devstack.eventually import eventually
from tests.servers.daemon import free_port

MARK = "canary-5f1c9a7e"
_APPLICATION = """
def app(environ, start_response):
    name = "X-Header" if environ["PATH_INFO"] == "/" else "X Header"
    start_response("200 OK", [(name, "fine")])
    return [b"fine"]
"""


@dataclass(frozen=True)
class Server:
    port: int
    log: Path

    def answer(self, head: str) -> tuple[int, bytes]:
        """Send it as it stands; return the status and all that was said."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=20) as connection:
            connection.sendall(head.encode())
            connection.shutdown(socket.SHUT_WR)
            said = b"".join(iter(lambda: connection.recv(65_536), b""))
        return int(said.split()[1]), said


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    directory, port = tmp_path_factory.mktemp("gunicorn"), free_port()
    (directory / "small.py").write_text(_APPLICATION)
    started = Server(port, directory / "log")
    command = ["--config", "deploy/gunicorn.conf.py", "--pythonpath", str(directory), "small:app"]
    with started.log.open("wb") as log:
        process = subprocess.Popen(
            [Path(sys.executable).with_name("gunicorn"), *command],
            cwd=ROOT,
            env=os.environ | {"DOWNTIME_BIND": f"127.0.0.1:{port}"},
            stdout=log,
            stderr=log,
        )
    try:
        eventually(lambda: _serves(started), seconds=60)
        yield started
    finally:
        process.terminate()
        process.wait(60)


def _serves(server: Server) -> bool:
    with suppress(OSError):
        return server.answer("GET / HTTP/1.1\r\nHost: x\r\n\r\n")[0] == 200
    return False


@pytest.mark.abuse(70)
@pytest.mark.parametrize(
    ("head", "status"),
    [
        (f"GET  /?token={MARK} HTTP/1.1\r\n\r\n", 400),
        (f"GET /?token={MARK} HTTP/9.9\r\n\r\n", 400),
        (f"{MARK} / HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        (f"GET / HTTP/1.1\r\nHost: x\r\nAuthorization Bearer {MARK}\r\n\r\n", 400),
        (f"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: {MARK}\r\n\r\n", 400),
        (f"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: {MARK}\r\n\r\n", 501),
        (f"GET /{MARK * 400} HTTP/1.1\r\nHost: x\r\n\r\n", 414),
        (f"GET / HTTP/1.1\r\nHost: x\r\nCookie: {MARK * 800}\r\n\r\n", 431),
        (f"GET /broken?token={MARK} HTTP/1.1\r\nHost: x\r\n\r\n", 500),
    ],
)
def test_a_request_that_cannot_be_served_is_not_repeated(
    server: Server, head: str, status: int
) -> None:
    answered, said = server.answer(head)
    assert answered == status
    assert MARK.encode() not in said
    eventually(lambda: "request_refused" in server.log.read_text(), seconds=20)
    assert MARK not in server.log.read_text()
    before, _, body = said.partition(b"\r\n\r\n")
    assert b"application/problem+json" in before
    assert json.loads(body)["status"] == status
