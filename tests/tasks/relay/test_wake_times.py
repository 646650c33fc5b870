"""Calls at their time."""

from queue import SimpleQueue

from tasks.relay.wake_times import MOST, WakeTimes


def test_each_is_called_for_at_its_time_and_once() -> None:
    times = WakeTimes(print)
    for wanted, at in ((1, 30.0), (2, 10.0), (3, 20.0)):
        assert times.note(wanted, at)
    assert times.rest(4.0) == 6
    assert times.take(9.9) == []
    assert times.take(20.0) == [2, 3]
    assert times.rest(40.0) == 0
    assert times.take(40.0) == [1]
    assert times.rest(40.0) is None


def test_no_more_are_noted_than_fit() -> None:
    times = WakeTimes(print)
    assert all(times.note(wanted, 1.0) for wanted in range(MOST))
    assert not times.note(MOST, 1.0)
    assert len(times.take(1.0)) == MOST


def test_an_earlier_one_is_not_held_up_by_a_later_one_nor_by_an_error() -> None:
    called: SimpleQueue[int] = SimpleQueue()

    def wake(wanted: int) -> None:
        called.put(wanted)
        raise ZeroDivisionError

    times = WakeTimes(wake)
    times.add(1, 3600)
    times.add(2, 0.01)
    times.add(3, 0.02)
    assert [called.get(timeout=30), called.get(timeout=30)] == [2, 3]
    assert called.empty()
