"""A database that is gone is waited for; one that refuses is not."""

import pytest
from sqlalchemy.exc import DataError, OperationalError

from tasks.worker.retry import until_committed


def test_passing_trouble_is_waited_out() -> None:
    calls: list[str] = []

    def work() -> None:
        calls.append("call")
        if len(calls) < 3:
            raise OperationalError(
                "SELECT 1", None, Exception("the database system is starting up")
            )

    until_committed(work, give_up=lambda: False)
    assert len(calls) == 3


def test_bad_data_is_raised_at_once() -> None:
    calls: list[str] = []

    def work() -> None:
        calls.append("call")
        raise DataError("INSERT", None, Exception("out of range"))

    with pytest.raises(DataError):
        until_committed(work, give_up=lambda: False)
    assert len(calls) == 1


def test_who_is_asked_to_stop_gives_up() -> None:
    def work() -> None:
        raise OperationalError("SELECT 1", None, Exception("gone"))

    with pytest.raises(OperationalError):
        until_committed(work, give_up=lambda: True)
