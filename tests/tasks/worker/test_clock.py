"""The clock follows the database, whatever this machine believes."""

import time

from sqlalchemy import Engine

from probes.boottime import boottime
from tasks.worker.clock import DatabaseClock


def test_now_is_what_the_database_said_plus_the_time_since() -> None:
    clock = DatabaseClock(read=lambda: 1_000_000.0)
    clock.refresh()
    first = clock.now()
    time.sleep(0.01)
    assert 1_000_000 <= first < clock.now() < 1_000_060


def test_it_is_never_ahead_of_the_database() -> None:
    started = time.monotonic()

    def database() -> float:
        return time.monotonic() - started

    def read_and_answer_late() -> float:
        answer = database()
        time.sleep(0.05)
        return answer

    clock = DatabaseClock(read=read_and_answer_late)
    clock.refresh()
    before, believed, after = database(), clock.now(), database()
    assert before - 0.5 < believed <= after


def test_it_says_how_far_it_may_be_behind() -> None:
    answered_at: list[float] = []

    def read() -> float:
        answered_at.append(boottime())
        time.sleep(0.05)
        return answered_at[-1]

    clock = DatabaseClock(read=read)
    clock.refresh()
    moment = boottime()
    assert clock.at(moment) <= moment - 0.05
    assert moment <= clock.at(moment) + clock.delay


def test_an_answer_that_took_long_is_asked_again() -> None:
    answers = iter([(0.6, 5.0), (0.0, 1_000.0)])

    def read() -> float:
        wait, answer = next(answers)
        time.sleep(wait)
        return answer

    clock = DatabaseClock(read=read)
    clock.refresh()
    assert 1_000 <= clock.now() < 1_060


def test_the_real_database_agrees_with_this_machine(database: Engine) -> None:
    del database
    clock = DatabaseClock()
    clock.refresh()
    assert abs(clock.now() - time.time()) < 5
