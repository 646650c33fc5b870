"""What is no HTTP is refused by a real gunicorn, and repeated neither to its sender nor in the log."""

import json
from collections.abc import Iterator

import pytest

from tests.devstack.eventually import eventually
from tests.servers.gunicorn import Server, gunicorn

MARK = "canary-5f1c9a7e"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with gunicorn(tmp_path_factory.mktemp("gunicorn")) as server:
        yield server


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
        (f"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n{MARK}\r\n", 400),
        (f"GET /{MARK * 400} HTTP/1.1\r\nHost: x\r\n\r\n", 414),
        (f"GET / HTTP/1.1\r\nHost: x\r\nCookie: {MARK * 800}\r\n\r\n", 431),
        (f"GET /broken?token={MARK} HTTP/1.1\r\nHost: x\r\n\r\n", 500),
    ],
)
def test_a_request_that_cannot_be_served_is_not_repeated(
    server: Server, head: str, status: int
) -> None:
    with server.client() as client:
        client.sendall(head.encode())
        client.shutdown(1)
        said = client.hear_all()
    assert int(said.split()[1]) == status
    assert MARK.encode() not in said
    eventually(lambda: "request_refused" in server.said(), seconds=20)
    assert MARK not in server.said()
    before, _, body = said.partition(b"\r\n\r\n")
    assert b"application/problem+json" in before
    assert json.loads(body)["status"] == status
