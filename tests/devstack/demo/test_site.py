"""The demo sites over HTTP: pages that stay as they are, and one that flaps by the clock."""

import http.client
import threading
from collections.abc import Iterator

import pytest

from devstack.demo import site


@pytest.fixture
def port() -> Iterator[int]:
    with site.Site(("127.0.0.1", 0), site.Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(
    ("second", "status"), [(0, 200), (119.9, 200), (120, 500), (179.9, 500), (180, 200), (301, 500)]
)
def test_it_is_up_for_two_minutes_and_down_for_one(second: float, status: int) -> None:
    # A multiple of the period, as today's time is somewhere between such.
    assert site.status_at(180 * 10_000_000 + second) == status


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_it_answers_as_the_clock_says(port: int, method: str) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request(method, "/any/path")
    answer = connection.getresponse()
    assert answer.status in {200, 500}
    assert bool(answer.read()) == (method == "GET")
    connection.close()


@pytest.mark.parametrize("path", site.PAGES)
def test_a_page_of_the_shop_always_answers_alike(port: int, path: str) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    for _ in range(2):
        connection.request("GET", path)
        answer = connection.getresponse()
        assert answer.status == site.PAGES[path].status
        assert answer.read().decode().strip() == site.PAGES[path].text
    connection.close()
