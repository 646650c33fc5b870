"""Streams of hints: to whom they go, when, and when they end."""

import time
from contextlib import ExitStack
from pathlib import Path
from uuid import uuid4

import pytest
from redis import Redis

from tasks.hints import Publisher
from tests.api.client import PASSWORD
from tests.devstack.eventually import eventually
from tests.live.hubs import PAGES, RunningHub
from tests.web.reader import Reader

MOST_SECONDS = 2.0


def cookie(reader: Reader) -> str:
    return reader.cookie("session") or ""


def change(reader: Reader) -> None:
    reader.api.make("contact-groups", name=f"Group {uuid4()}", contact_ids=[])


def known_organization(reader: Reader, redis: Redis) -> int:
    """Return the number of the only organization that has changed anything so far."""
    change(reader)
    (key,) = redis.scan_iter("live:v:*[0-9]")
    return int(key.rpartition(b":")[2])


def test_a_change_is_heard_by_its_organization_and_by_no_other(
    running: RunningHub, ada: Reader, eve: Reader
) -> None:
    with running.open(cookie(ada)) as stream, running.open(cookie(eve)) as strange:
        before = stream.opened().hints[-1]
        strange.opened()
        change(ada)
        hint = stream.hear_hint(MOST_SECONDS)
        assert hint.version > before.version
        assert hint.what == {"contact_groups"}
        assert strange.is_silent(1)


def test_a_stream_is_kept_by_nobody_and_readable_by_our_pages_alone(
    running: RunningHub, ada: Reader
) -> None:
    with running.open(cookie(ada)) as stream:
        assert stream.status == 200
        for line in (
            "content-type: text/event-stream; charset=utf-8",
            "cache-control: no-store",
            "x-accel-buffering: no",
            f"access-control-allow-origin: {PAGES}",
            "access-control-allow-credentials: true",
        ):
            assert line in stream.head.splitlines()


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "https://elsewhere.test"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "", "Sec-Fetch-Site": "cross-site"}, 403),
        ({"Origin": "", "Sec-Fetch-Site": "same-site"}, 403),
        ({"Origin": "", "Sec-Fetch-Site": "same-origin"}, 200),
        ({"Cookie": ""}, 401),
        ({"Cookie": "session="}, 401),
        ({"Cookie": "session=unknown"}, 401),
        ({"Cookie": f"session={'x' * 5000}"}, 401),
    ],
)
def test_only_a_page_of_ours_with_a_session_gets_a_stream(
    running: RunningHub, ada: Reader, headers: dict[str, str], status: int
) -> None:
    with running.open(cookie(ada), headers=headers) as stream:
        assert stream.status == status
        allowed = "access-control-allow-origin" in stream.head
        assert allowed == (headers.get("Origin", PAGES) == PAGES)


def test_many_changes_are_few_hints(running: RunningHub, ada: Reader, redis: Redis) -> None:
    with running.open(cookie(ada)) as stream:
        stream.opened()
        organization_id = known_organization(ada, redis)
        publisher = Publisher(lambda: redis)
        for number in range(40):
            publisher.publish({organization_id: frozenset({f"noun{number % 2}"})})
        time.sleep(1.2)
        change(ada)
        stream.hear_hint(MOST_SECONDS)
        # One at once, and two a second.
        assert 2 <= len(stream.hints) - 1 <= 5
        assert {"noun0", "noun1"} <= frozenset().union(*(hint.what for hint in stream.hints))
        versions = [hint.version for hint in stream.hints]
        assert versions == sorted(set(versions))


def test_the_streams_of_an_ended_session_end_and_others_go_on(
    running: RunningHub, ada: Reader
) -> None:
    elsewhere = Reader(ada.app).log_in(password=PASSWORD)
    with running.open(cookie(ada)) as stream, running.open(cookie(elsewhere)) as other:
        stream.opened()
        other.opened()
        ada.post("/logout")
        stream.hear_end(10)
        with running.open(cookie(ada)) as again:
            assert again.status in {401, 403}
        change(ada)
        other.hear_hint(MOST_SECONDS)


def test_two_hundred_streams_hear_of_a_change_and_one_that_is_not_read_delays_none(
    running: RunningHub, ada: Reader, redis: Redis
) -> None:
    organization_id = known_organization(ada, redis)
    with ExitStack() as opened:
        streams = [opened.enter_context(running.open(cookie(ada))) for _ in range(200)]
        slow = opened.enter_context(running.open(cookie(ada), buffer=1))
        for stream in streams:
            stream.opened()
        assert slow.status == 200
        change(ada)
        began = time.monotonic()
        for stream in streams:
            stream.hear_hint(MOST_SECONDS)
        assert time.monotonic() - began < MOST_SECONDS

        def is_given_up() -> bool:
            words = frozenset({f"{uuid4()}" * 100})
            Publisher(lambda: redis).publish({organization_id: words})
            streams[0].hear_hint(MOST_SECONDS)
            return _open_sockets(running) <= len(streams)

        eventually(is_given_up, seconds=60)
        change(ada)
        for stream in streams:
            stream.hear_hint(MOST_SECONDS)


def _open_sockets(running: RunningHub) -> int:
    """Count the connections of the hub that are established."""
    local = f"0100007F:{running.port:04X}"
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return sum(row[1] == local and row[3] == "01" for row in rows)
