"""Sites do what their scripts say and note when they were asked."""

import http.client
import time
from math import inf

import pytest

from tests.faults.evidence import Reply, Site, Span
from tests.faults.sites import Sites
from tests.servers.site import ScriptedSite

OUTAGE = Span(1050, 1100)


@pytest.mark.parametrize(
    ("now", "number", "status"),
    [(1000, 1, 200), (1050, 1, 500), (1099.9, 1, 500), (1100, 1, 200), (1000, 12, 503)],
)
def test_a_site_does_what_its_script_says(now: float, number: int, status: int) -> None:
    assert Site(outages=(OUTAGE,), fails_every=12).reply(now=now, request=number).status == status


def test_a_site_that_hangs_never_answers_in_its_outages() -> None:
    site = Site(outages=(OUTAGE,), hangs=True, slowness=2)
    assert site.reply(now=1060, request=1) == Reply(500, inf)
    assert site.reply(now=1000, request=1) == Reply(200, 2)


def test_all_sites_fail_during_a_blip_that_begins_with_the_next_request() -> None:
    sites = Sites([Site(), Site()])
    assert sites.answer("/0").status == 200
    sites.blip(60)
    assert [sites.answer("/0").status, sites.answer("/1").status] == [502, 502]
    [blip] = sites.blips
    assert blip.end - blip.start == pytest.approx(60)


def test_requests_are_noted_with_their_time_and_answer() -> None:
    sites = Sites([Site(), Site(fails_every=1)])
    before = time.time()
    with ScriptedSite() as server:
        server.answer = sites.answer
        assert [_status(server, path) for path in ("/1", "/0")] == [503, 200]
    [[good], [bad]] = sites.requests
    assert (good.is_good, bad.is_good) == (True, False)
    assert before <= bad.at <= good.at <= time.time()


def test_a_slow_answer_takes_its_time_and_a_hanging_one_never_comes() -> None:
    sites = Sites([Site(slowness=0.2), Site(outages=(Span(0, inf),), hangs=True)])
    with ScriptedSite() as server:
        server.answer = sites.answer
        began = time.monotonic()
        assert _status(server, "/0") == 200
        assert time.monotonic() - began >= 0.2
        with pytest.raises(TimeoutError):
            _status(server, "/1", timeout=0.3)


def _status(server: ScriptedSite, path: str, timeout: float = 10) -> int:
    connection = http.client.HTTPConnection(server.host, server.port, timeout=timeout)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    finally:
        connection.close()
