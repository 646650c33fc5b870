"""The pump: it wakes, it goes on after an error, and it knows what time it lost."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pycurl
import pytest

from probes.curl.pump import Pump
from tests.servers.site import ScriptedSite


@pytest.fixture
def pump() -> Iterator[Pump]:
    pump = Pump()
    yield pump
    pump.close()


def fetch(pump: Pump, url: str) -> int:
    curl = pycurl.Curl()
    curl.setopt(pycurl.URL, url)
    curl.setopt(pycurl.WRITEFUNCTION, len)
    curl.setopt(pycurl.TIMEOUT, 5)
    pump.add(curl)
    ended: list[int] = []
    while not ended:
        pump.wait(1)
        ended += [code for each, code in pump.finished() if each is curl]
    return ended[0]


def test_another_thread_ends_the_wait(pump: Pump) -> None:
    threading.Timer(0.05, pump.wake).start()
    started = time.monotonic()
    pump.wait(60)
    assert time.monotonic() - started < 30


def test_who_wakes_too_late_writes_into_nobody_elses_file(tmp_path: Path) -> None:
    pump = Pump()
    pump.close()
    path = tmp_path / "next"
    files = [path.open("wb") for _ in range(5)]
    pump.wake()
    for file in files:
        file.close()
    assert path.read_bytes() == b""


def test_it_goes_on_with_a_new_handle_after_an_error(pump: Pump) -> None:
    with ScriptedSite() as site:
        assert fetch(pump, site.url) == 0
        pump.restart()
        assert fetch(pump, site.url) == 0


def test_each_transfer_ends_with_its_own_code(pump: Pump) -> None:
    assert fetch(pump, "http://127.0.0.1:1/") == pycurl.E_COULDNT_CONNECT


def test_time_in_which_nobody_waited_is_lost(pump: Pump) -> None:
    pump.wait(0)
    before = pump.lost_seconds
    time.sleep(0.4)
    pump.wait(0)
    assert pump.lost_seconds - before > 0.3


def test_time_spent_waiting_is_not_lost(pump: Pump) -> None:
    pump.wait(0)
    before, started = pump.lost_seconds, time.monotonic()
    for _ in range(5):
        pump.wait(0.1)
    slept_too_long = time.monotonic() - started - 5 * 0.1
    assert pump.lost_seconds - before <= slept_too_long + 0.01
