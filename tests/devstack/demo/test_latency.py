"""The latency of the demo: around the usual one, and never nothing."""

from random import Random

from devstack.demo.latency import milliseconds


def test_most_answers_take_about_the_usual_time() -> None:
    random = Random(1)
    drawn = sorted(milliseconds(100, moment, random) for moment in range(0, 86_400, 60))
    assert drawn[len(drawn) // 10] > 60
    assert 85 < drawn[len(drawn) // 2] < 115
    assert 110 < drawn[-1] < 800
