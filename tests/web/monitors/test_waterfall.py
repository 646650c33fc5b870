"""The phases of a check in the order in which they happened."""

from flask import Flask

from services.analytics.check_log import Timings
from web.monitors import waterfall


def bars(*, failed: bool = False, **phases: float) -> list[tuple[object, ...]]:
    timings = Timings(**{"dns": 0, "connect": 0, "tls": 0, "first_byte": 0, "total": 0, **phases})
    with Flask(__name__).test_request_context():
        found = waterfall.of_timings(timings, failed=failed)
    return [tuple(each.values()) for each in found]


def test_each_phase_begins_when_the_one_before_has_ended() -> None:
    assert bars(dns=3, connect=11, first_byte=80, total=100) == [
        ("Name lookup", 0, 3),
        ("Connection", 3, 11),
        ("First byte", 14, 80),
        ("Transfer", 94, 6),
    ]


def test_the_last_phase_of_a_failed_check_is_where_it_failed() -> None:
    assert bars(failed=True, dns=3, connect=500, total=503)[-1] == ("Connection", 3, 500, True)


def test_without_any_phase_there_is_nothing() -> None:
    assert bars(failed=True) == []
