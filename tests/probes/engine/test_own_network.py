"""Own network gone: what is down then is not held against anybody, and only then."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from domain.evaluation.outcome import Cause, Outcome
from probes.base import Evidence, ProbeResult
from probes.engine.own_network import (
    BAD_NEWS_SECONDS,
    GOOD_NEWS_SECONDS,
    OwnNetwork,
    checked_reference,
)
from tests.servers.site import ScriptedSite

UP = ProbeResult(outcome=Outcome.UP, http_status=200)
SLOW = ProbeResult(outcome=Outcome.DEGRADED, cause=Cause.SLOW)
DOWN = ProbeResult(
    outcome=Outcome.DOWN,
    cause=Cause.TIMEOUT,
    detail="No answer.",
    http_status=504,
    evidence=Evidence(body="x"),
)


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@contextmanager
def watching(*references: str, clock: Clock | None = None) -> Iterator[OwnNetwork]:
    network = OwnNetwork(references, clock=clock or Clock())
    network.start()
    yield network
    network.stop()


def place(site: ScriptedSite) -> str:
    return f"{site.host}:{site.port}"


@pytest.fixture
def gone() -> str:
    """Return a place where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return f"127.0.0.1:{listener.getsockname()[1]}"


def test_without_references_results_stay_as_they_are() -> None:
    with watching() as network:
        assert network.judged([DOWN, UP]) == [DOWN, UP]


def test_while_a_reference_answers_down_is_down() -> None:
    with ScriptedSite() as site, watching(place(site)) as network:
        assert network.judged([UP, DOWN, SLOW]) == [UP, DOWN, SLOW]
        assert site.count == 1


def test_invariant_1_without_any_reference_down_is_unknown_and_the_rest_stays(gone: str) -> None:
    with watching(gone) as network:
        up, lost, slow = network.judged([UP, DOWN, SLOW])
    assert (up, slow) == (UP, SLOW)
    assert (lost.outcome, lost.cause) == (Outcome.UNKNOWN, Cause.OWN_NETWORK)
    assert lost.detail == "This worker's own network was not reachable."
    assert (lost.http_status, lost.evidence) == (0, None)


def test_one_reference_that_answers_is_enough_whatever_it_says(gone: str) -> None:
    with ScriptedSite() as site, watching(gone, f"{site.url}/health") as network:
        site.answer = 500
        assert network.judged([DOWN]) == [DOWN]
        assert site.received[-1].startswith(b"HEAD /health ")


def test_a_reference_needs_to_speak_no_http() -> None:
    with ScriptedSite() as site, watching(place(site)) as network:
        site.answer = b"220 mail.example.test ESMTP\r\n"
        assert network.judged([DOWN]) == [DOWN]


def test_nobody_looks_while_nothing_is_down() -> None:
    with ScriptedSite() as site, watching(place(site)) as network:
        assert network.judged([UP, SLOW]) == [UP, SLOW]
        assert site.count == 0


def test_good_news_lasts_a_second_and_bad_news_five() -> None:
    clock = Clock()
    with ExitStack() as stack:
        with ScriptedSite() as site:
            network = stack.enter_context(watching(place(site), clock=clock))
            for _ in range(3):
                assert not network.is_gone()
            assert site.count == 1
            clock.now += GOOD_NEWS_SECONDS
            assert not network.is_gone()
            assert site.count == 2
        assert not network.is_gone()
        clock.now += GOOD_NEWS_SECONDS
        assert network.is_gone()
        with ScriptedSite(port=site.port) as back:
            clock.now += BAD_NEWS_SECONDS / 2
            assert network.is_gone()
            assert back.count == 0
            clock.now += BAD_NEWS_SECONDS
            assert not network.is_gone()
            assert back.count == 1


@pytest.mark.parametrize("text", ["1.1.1.1:53", "https://example.com/", "[::1]:80", "example.com"])
def test_a_reference_is_a_url_or_a_host_with_its_port(text: str) -> None:
    assert checked_reference(text).startswith("http")


@pytest.mark.parametrize("text", ["", "a b", "ftp://example.com", "host:99999", "u:p@host:80"])
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="Not a URL or host:port"):
        checked_reference(text)
