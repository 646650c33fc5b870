"""More clients than there is room for: those who have waited longest make room for who asks."""

import json
from pathlib import Path

import pytest

from tests.devstack.eventually import eventually
from tests.servers.gunicorn import REQUEST, Client, gunicorn

PLACES = 20
LARGE = 200_000
BODY = b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % LARGE


@pytest.mark.abuse(91)
@pytest.mark.parametrize("said", [b"", BODY, REQUEST])
def test_more_connections_than_places_keep_nobody_out(tmp_path: Path, said: bytes) -> None:
    with (
        gunicorn(tmp_path, "--worker-connections", str(PLACES)) as server,
        server.client(source="127.0.0.2") as other,
    ):
        assert other.ask()[0] == 200
        server.clients(3 * PLACES, said)
        assert server.answer()[0] == 200
        # It is from elsewhere.
        assert other.ask()[0] == 200
        eventually(lambda: "connections_shed" in server.said())


@pytest.mark.abuse(91)
def test_what_is_kept_of_unfinished_bodies_is_bounded(tmp_path: Path) -> None:
    with gunicorn(tmp_path, "--worker-class", "tests.servers.served.Small") as server:
        clients = server.clients(6, BODY + bytes(LARGE - 1))
        # The first made room for the last.
        status, body = clients[0].hear()
        assert (status, json.loads(body)["status"]) == (503, 503)
        assert clients[-1].ask(b"x")[0] == 200
        assert server.answer()[0] == 200


def test_one_answer_may_be_larger_than_all_that_is_kept(tmp_path: Path) -> None:
    with (
        gunicorn(tmp_path, "--worker-class", "tests.servers.served.Small") as server,
        Client(server.port, buffer=65_536) as client,
    ):
        status, body = client.ask(b"GET /large/8000000 HTTP/1.1\r\nHost: x\r\n\r\n")
        assert (status, len(body)) == (200, 8_000_000)


@pytest.mark.abuse(91)
def test_a_process_that_may_open_no_more_files_goes_on(tmp_path: Path) -> None:
    with gunicorn(tmp_path, most_files=64) as server:
        server.clients(100)
        assert server.answer()[0] == 200
        assert server.process.poll() is None
