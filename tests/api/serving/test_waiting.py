"""How long connections wait, and whose place another one gets."""

import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from gunicorn.config import Config

from server.serving.connection import Connection
from server.serving.limits import MUCH, Wait
from server.serving.waiting import Waiting

SECONDS = dict.fromkeys(Wait, 10.0) | {Wait.IDLE: 75.0}
Make = Callable[[str], Connection]


@pytest.fixture
def waiting() -> Waiting:
    return Waiting(SECONDS)


@pytest.fixture
def make(waiting: Waiting) -> Iterator[Make]:
    """Let connections come from addresses."""
    with ExitStack() as stack:

        def connection(address: str = "192.0.2.1") -> Connection:
            sock = stack.enter_context(socket.socket())
            made = Connection.of(sock, (address, 1), ("192.0.2.9", 80), Config())
            waiting.enter(made, 0)
            return made

        yield connection


def test_each_has_its_time_and_getting_on_begins_it_anew(waiting: Waiting, make: Make) -> None:
    idle, slow, steady = (make("192.0.2.1") for _ in range(3))
    waiting.add(idle, Wait.IDLE, 0)
    waiting.add(steady, Wait.ANSWER, 1)
    waiting.add(slow, Wait.HEAD, 2)
    waiting.add(steady, Wait.ANSWER, 9)
    assert waiting.overdue(11.9) == []
    assert waiting.overdue(12) == [slow]
    waiting.discard(slow)
    assert waiting.overdue(74.9) == [steady]
    assert set(waiting.overdue(75)) == {idle, steady}


def test_what_is_hastened_has_at_least_the_time_that_is_left(waiting: Waiting, make: Make) -> None:
    idle, new = make("192.0.2.1"), make("192.0.2.1")
    waiting.add(idle, Wait.IDLE, 0)
    waiting.hasten(Wait.IDLE, 2, 60)
    waiting.add(new, Wait.IDLE, 61)
    assert waiting.overdue(61.9) == []
    assert waiting.overdue(62) == [idle]
    assert waiting.overdue(63) == [idle, new]


def test_one_without_a_request_makes_room_first_and_then_the_oldest(
    waiting: Waiting, make: Make
) -> None:
    waits = (Wait.BODY, Wait.HEAD, Wait.ANSWER, Wait.CLOSING, Wait.IDLE)
    made = {wait: make("192.0.2.1") for wait in waits}
    for moment, wait in enumerate(waits):
        waiting.add(made[wait], wait, moment)
    gone = []
    while connection := waiting.first_to_go():
        gone.append(connection.wait)
        waiting.leave(connection)
    assert gone == [Wait.IDLE, Wait.CLOSING, Wait.BODY, Wait.HEAD, Wait.ANSWER]


@pytest.mark.abuse(91)
@pytest.mark.parametrize(
    ("crowd", "other"),
    [
        (["192.0.2.1"] * 3, "192.0.2.2"),
        ([f"2001:db8::{n}" for n in range(3)], "2001:db8:0:1::1"),
        (["::ffff:192.0.2.1"] * 3, "::ffff:192.0.2.2"),
    ],
)
def test_who_takes_up_most_makes_room_for_others(
    waiting: Waiting, make: Make, crowd: list[str], other: str
) -> None:
    kept = make(other)
    waiting.add(kept, Wait.IDLE, 0)
    for moment, address in enumerate(crowd):
        waiting.add(make(address), Wait.HEAD, moment)
    for _ in range(2):
        chosen = waiting.first_to_go()
        assert chosen is not None
        assert chosen is not kept
        waiting.leave(chosen)


@pytest.mark.abuse(91)
def test_who_takes_up_most_does_so_also_while_it_is_served(waiting: Waiting, make: Make) -> None:
    waiting.add(make("192.0.2.2"), Wait.IDLE, 0)
    for _ in range(2):
        waiting.discard(make("192.0.2.1"))
    assert waiting.first_to_go() is None


@pytest.mark.abuse(91)
def test_the_oldest_of_which_much_is_kept_is_forgotten_unless_it_is_the_only_one(
    waiting: Waiting, make: Make
) -> None:
    light, heavy, newer = (make("192.0.2.1") for _ in range(3))
    heavy.held = newer.held = MUCH + 1
    for moment, each in enumerate((light, heavy, newer)):
        waiting.add(each, Wait.BODY, moment)
    assert waiting.first_to_be_forgotten() is heavy
    waiting.discard(heavy)
    assert waiting.first_to_be_forgotten() is None
