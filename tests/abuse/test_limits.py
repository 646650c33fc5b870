"""Abuse 18: answers made to use up time or memory end in time, take little, and are told in words."""

import time
from collections.abc import Iterator
from queue import SimpleQueue

import pytest

from domain.evaluation.outcome import Cause, Outcome
from probes.base import ProbeResult
from probes.engine.engine import Engine
from security.egress.guard import EgressPolicy
from tests.abuse.memory import at_most
from tests.probes.conftest import Prober, target
from tests.servers import bombs, hostile, http2
from tests.servers.raw import RawServer, Talk
from tests.servers.site import ScriptedSite

TOO_LARGE = "The response headers are larger than 64 KiB."
NOT_HTTP = "The answer is not valid HTTP."
WRONGLY_PACKED = "The body is not encoded as its Content-Encoding says."


@pytest.fixture(autouse=True)
def goes_on(probe: Prober) -> Iterator[None]:
    """After each of these the engine still sees a good site as up."""
    yield
    with ScriptedSite() as site:
        assert probe(site.url).outcome is Outcome.UP


@pytest.mark.parametrize("encodings", bombs.PACKED)
def test_abuse_18_a_bomb_is_unpacked_to_one_mebibyte_and_no_further(
    probe: Prober, encodings: str
) -> None:
    talk = bombs.packed(encodings)
    with RawServer(talk) as server, at_most(30):
        assert probe(server.url, timeout=10).outcome is Outcome.UP
        missing = probe(server.url, timeout=10, keyword="not in there")
    assert missing.detail == "The first 1 MiB of the answer does not contain the keyword."


def test_abuse_18_a_body_packed_too_often_is_not_unpacked(probe: Prober) -> None:
    with RawServer(bombs.packed_too_often) as server, at_most(30):
        result = probe(server.url, timeout=10)
    assert (result.outcome, result.cause) == (Outcome.DOWN, Cause.PROTOCOL)
    assert result.detail == WRONGLY_PACKED


@pytest.mark.parametrize("kibibytes", [65, 300, 10_000])
def test_abuse_18_headers_of_300_kb_are_too_large(probe: Prober, kibibytes: int) -> None:
    with RawServer(bombs.headers_of(kibibytes * 1024)) as server, at_most(30):
        result = probe(server.url, timeout=10)
    assert (result.outcome, result.cause, result.detail) == (
        Outcome.DOWN,
        Cause.PROTOCOL,
        TOO_LARGE,
    )


def assert_broken_off(probe: Prober, talk: Talk, *, http_version: str = "") -> None:
    """Prove that it ends, in time and without much memory, as the site's own fault or as judged so far."""
    with RawServer(talk) as server, at_most(30):
        started = time.monotonic()
        result = probe(server.url, timeout=3, http_version=http_version)
        assert time.monotonic() - started < 20
    assert result.outcome in {Outcome.UP, Outcome.DOWN}
    assert result.cause in {Cause.NONE, Cause.PROTOCOL, Cause.TIMEOUT, Cause.CLOSED}
    assert result.detail in {
        "",
        TOO_LARGE,
        NOT_HTTP,
        "No complete answer within 3 s.",
        "The connection was closed before the answer was complete.",
    }


@pytest.mark.parametrize(
    "talk",
    [
        bombs.chunks_without_end,
        bombs.tiny_chunks_without_end,
        bombs.trailers_without_end,
        bombs.one_header_without_end,
        bombs.continues_without_end,
        bombs.body_of_one_gibibyte,
        hostile.endless_body,
        hostile.endless_headers,
    ],
)
def test_abuse_18_what_never_ends_is_broken_off(probe: Prober, talk: Talk) -> None:
    assert_broken_off(probe, talk)


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(
    "talk",
    [
        hostile.dripping_body,
        hostile.dripping_headers,
        hostile.silence,
        bombs.continue_and_silence,
    ],
)
def test_abuse_18_a_drip_or_a_stall_lasts_no_longer_than_the_check(
    probe: Prober, talk: Talk, method: str
) -> None:
    body = "x" * 2000 if method == "POST" else None
    with RawServer(talk) as server:
        result = probe(server.url, timeout=1, method=method, body=body)
    assert (result.outcome, result.cause) == (Outcome.DOWN, Cause.TIMEOUT)
    assert result.detail == "No complete answer within 1 s."


def test_abuse_18_a_body_is_sent_without_waiting_for_100_continue(probe: Prober) -> None:
    with ScriptedSite() as site:
        assert probe(site.url, method="POST", body="x" * 60_000).outcome is Outcome.UP
        assert b"expect:" not in site.received[0].lower()


@pytest.mark.parametrize("talk", http2.FLOODS)
def test_abuse_18_a_flood_of_http2_ends_with_the_check(probe: Prober, talk: Talk) -> None:
    assert_broken_off(probe, talk, http_version="2")


def test_abuse_18_many_bombs_at_once_are_bounded_too() -> None:
    # Forty bodies of 1 MiB may be held, and what libcurl needs for each.
    results: SimpleQueue[ProbeResult] = SimpleQueue()
    engine = Engine(100, EgressPolicy("any"), lambda _, result: results.put(result))
    engine.start()
    talk = bombs.packed("gzip")
    with RawServer(talk) as server, at_most(150):
        for number in range(40):
            engine.submit(number, target(server.url, keyword="not in there", timeout=20))
        causes = {results.get(timeout=60).cause for _ in range(40)}
    engine.stop(0)
    assert causes == {Cause.KEYWORD_MISSING}
