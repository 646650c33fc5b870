"""A look at what may hang: how long it may take, and what it leaves behind."""

from threading import Event, current_thread, stack_size

import pytest

from services.operations.deadline import within


def test_what_a_look_finds_and_raises_is_handed_over() -> None:
    assert within(5, lambda: 7) == 7
    with pytest.raises(ZeroDivisionError):
        within(5, lambda: 1 / 0)
    assert within(5, lambda: 8) == 8


def test_a_look_that_hangs_keeps_all_others_back_until_it_ends() -> None:
    end = Event()
    with pytest.raises(TimeoutError):
        within(0.01, end.wait)
    with pytest.raises(TimeoutError):
        within(0.01, lambda: 7)
    end.set()
    assert within(5, lambda: 7) == 7


def test_a_look_that_hangs_keeps_no_process_from_ending() -> None:
    assert within(5, lambda: current_thread().daemon)


def test_where_no_thread_can_begin_the_next_look_still_may() -> None:
    usual = stack_size(2**46)
    try:
        with pytest.raises(RuntimeError, match="can't start new thread"):
            within(5, lambda: 7)
    finally:
        stack_size(usual)
    assert within(5, lambda: 7) == 7
