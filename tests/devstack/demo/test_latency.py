"""The latency of the demo: around the usual one, and never nothing."""

from random import Random

from devstack.demo import site
from devstack.demo.latency import milliseconds


def test_most_answers_take_about_the_usual_time() -> None:
    random = Random(1)
    drawn = sorted(milliseconds(100, moment, random) for moment in range(0, 86_400, 60))
    assert drawn[len(drawn) // 10] > 60
    assert 85 < drawn[len(drawn) // 2] < 115
    assert 110 < drawn[-1] < 800


def test_an_overloaded_server_is_slow_at_every_hour_and_always_in_time() -> None:
    random, page = Random(1), site.PAGES["/images"]
    drawn = [page.latency_at(moment, random) for moment in range(0, 86_400, 60)]
    assert min(drawn) > 1_200
    assert max(drawn) < 2_000
