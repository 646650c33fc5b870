"""Pings, and the question whether the process lives, wait for no slow request."""

from pathlib import Path

import pytest

from server.serving.threads import RESERVED
from tests.api.serving.test_stopping import asked_to_wait
from tests.servers.gunicorn import gunicorn

THREADS = 4


@pytest.mark.abuse(114)
def test_what_is_urgent_is_served_while_all_other_threads_are_taken(tmp_path: Path) -> None:
    with gunicorn(tmp_path, "--threads", str(THREADS)) as server:
        held = [asked_to_wait(server, tmp_path / f"go-{n}") for n in range(THREADS - RESERVED)]
        assert server.answer(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")[0] == 404
        waiting = server.client()
        waiting.sendall(b"GET /process HTTP/1.1\r\nHost: x\r\n\r\n")
        assert server.answer(b"GET /ping/token HTTP/1.1\r\nHost: x\r\n\r\n")[0] == 200
        for number, client in enumerate(held):
            (tmp_path / f"go-{number}").touch()
            assert client.hear()[0] == 200
        assert waiting.hear()[0] == 200
