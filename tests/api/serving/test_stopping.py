"""A worker that stops, or that has served enough, finishes what it began and waits for nobody."""

import signal
import time
from pathlib import Path

import pytest

from tests.devstack.eventually import eventually
from tests.servers.gunicorn import REQUEST, Client, Server, gunicorn

PROCESS = b"GET /process HTTP/1.1\r\nHost: x\r\n\r\n"


def asked_to_wait(server: Server, until: Path) -> Client:
    """Send a request that takes until there is a file; it is being served when this returns."""
    name = str(until).replace("/", "~").encode()
    client = server.client()
    client.sendall(b"GET /wait/" + name + b" HTTP/1.1\r\nHost: x\r\n\r\n")
    eventually(Path(f"{until}.begun").exists)
    return client


@pytest.mark.parametrize("said", [b"GET / HT", REQUEST])
def test_a_process_that_stops_finishes_what_it_serves(tmp_path: Path, said: bytes) -> None:
    with gunicorn(tmp_path) as server:
        others = server.clients(3, said)
        client = asked_to_wait(server, tmp_path / "go")
        server.process.send_signal(signal.SIGTERM)
        began = time.monotonic()
        for other in others:
            other.hear_all()
        # Idle ones might stay for 75 s otherwise.
        assert time.monotonic() - began < 20
        (tmp_path / "go").touch()
        assert client.hear()[0] == 200
        assert client.hear_all() == b""
        server.process.wait(20)
        assert server.process.returncode == 0


def test_a_worker_that_served_enough_gives_way_to_another_without_a_failure(
    tmp_path: Path,
) -> None:
    options = ("--max-requests", "10", "--max-requests-jitter", "0")
    with gunicorn(tmp_path, *options) as server:
        processes = set()
        for _ in range(40):
            status, body = server.answer(PROCESS)
            assert status == 200
            processes.add(body)
        assert len(processes) >= 3


def test_tls_is_not_served_in_the_clear(tmp_path: Path) -> None:
    with (
        pytest.raises(AssertionError, match="does not speak TLS"),
        gunicorn(tmp_path, "--certfile", "/dev/null", "--keyfile", "/dev/null"),
    ):
        pass
