"""What counts as unhealthy, and what is told of it."""

import pytest

from domain.health import Metrics, Unknown, judge, judge_queues

WELL = {"lag": 2.0, "waiting": 5.0, "unknown": Unknown(10, 100)}


def problems(**changes: object) -> dict[str, str]:
    metrics = Metrics(**{**WELL, **changes})  # type: ignore[arg-type] # whatever the test says
    return {part.name: part.problem for part in judge(metrics) if part.problem}


def test_a_system_that_works_has_no_problem() -> None:
    assert problems() == {}
    assert len(judge(Metrics(lag=0))) == 6


@pytest.mark.parametrize(
    ("metrics", "part", "told"),
    [
        ({"lag": 61.2}, "beat", ["61 s"]),
        ({"waiting": 125}, "deliveries", ["125 s"]),
        ({"missing_partitions": ["a", "b"]}, "partitions", ["a, b"]),
        ({"unknown": Unknown(6, 10)}, "checks", ["6 of 10"]),
        ({"silent_regions": ["eu", "us"]}, "regions", ["120 s", "eu, us"]),
    ],
)
def test_each_part_says_what_is_wrong_with_it(
    metrics: dict[str, object], part: str, told: list[str]
) -> None:
    found = problems(**metrics)
    assert set(found) == {part}
    assert all(each in found[part] for each in told)


def test_up_to_its_limit_everything_is_well() -> None:
    assert problems(lag=30, waiting=120, unknown=Unknown(5, 10)) == {}


def test_of_a_few_monitors_a_share_says_nothing() -> None:
    assert problems(unknown=Unknown(3, 3)) == {}
    assert set(problems(unknown=Unknown(4, 4))) == {"checks"}


def test_one_organization_of_two_does_not_make_the_system_unhealthy() -> None:
    assert problems(unknown=Unknown(500, 501, 1, 2)) == {}
    assert set(problems(unknown=Unknown(500, 501, 2, 2))) == {"checks"}


def test_a_queue_is_judged_by_its_oldest_message() -> None:
    assert (
        judge_queues({"q.dispatch": 59, "q.checks.eu": 60, "q.housekeeping": 800}).problem is None
    )
    stuck = judge_queues({"q.notifications": 121, "q.checks.eu": 61})
    first, second = (stuck.problem or "").removesuffix(".").split(". ")
    assert "q.notifications" in first
    assert "121 s" in first
    assert "q.checks.eu" in second
    assert "61 s" in second


@pytest.mark.parametrize(
    ("queue", "seconds"),
    [
        ("q.dispatch", 60),
        ("q.checks.eu", 60),
        ("q.notifications", 120),
        ("q.housekeeping", 900),
        ("q.exports", 3600),
    ],
)
def test_each_queue_has_its_own_patience(queue: str, seconds: int) -> None:
    assert judge_queues({queue: seconds}).problem is None
    assert judge_queues({queue: seconds + 1}).problem is not None
