"""A stall is a line when it begins, one a minute while it lasts, and one when it is over."""

from collections.abc import Iterator
from typing import Any

import pytest
from structlog.testing import capture_logs

from config.stall import Stall


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def stall(clock: Clock) -> Stall:
    return Stall("database", clock=clock)


@pytest.fixture
def logs() -> Iterator[list[Any]]:
    with capture_logs() as logs:
        yield logs


def test_a_thousand_failures_are_one_line_and_their_end_another(
    stall: Stall, clock: Clock, logs: list[Any]
) -> None:
    for _ in range(1000):
        stall.failed("gone")
        clock.now += 0.01
    for _ in range(1000):
        stall.worked()
        clock.now += 0.01
    assert logs == [
        {
            "event": "server_stalled",
            "log_level": "warning",
            "server": "database",
            "reason": "gone",
            "exc_info": None,
        },
        {
            "event": "server_answers",
            "log_level": "warning",
            "server": "database",
            "after_seconds": 10.0,
            "failures": 1000,
        },
    ]


def test_while_it_lasts_it_is_a_line_a_minute(stall: Stall, clock: Clock, logs: list[Any]) -> None:
    for _ in range(150):
        stall.failed("gone")
        clock.now += 1
    assert [(each["event"], each.get("after_seconds")) for each in logs] == [
        ("server_stalled", None),
        ("server_still_stalled", 60.0),
        ("server_still_stalled", 120.0),
    ]
    assert logs[-1]["failures"] == 121


def test_what_succeeds_among_failures_does_not_end_it(
    stall: Stall, clock: Clock, logs: list[Any]
) -> None:
    for _ in range(10):
        stall.failed("lock")
        clock.now += 1
        stall.worked()
        clock.now += 1
    assert len(logs) == 1
    clock.now += 5
    stall.worked()
    # It was over when the last failure was followed by a success.
    assert (logs[-1]["event"], logs[-1]["after_seconds"]) == ("server_answers", 19.0)


def test_the_next_one_is_told_anew(stall: Stall, clock: Clock, logs: list[Any]) -> None:
    for _ in range(2):
        stall.failed("gone")
        clock.now += 10
        stall.worked()
    assert [each["event"] for each in logs] == ["server_stalled", "server_answers"] * 2


def test_successes_alone_are_nothing_to_tell(stall: Stall, logs: list[Any]) -> None:
    stall.worked()
    assert logs == []


def test_the_line_shows_where_it_happened_if_that_is_given(stall: Stall, logs: list[Any]) -> None:
    error = ValueError()
    stall.failed("QueryCanceled", error)
    assert logs[0]["exc_info"] is error
