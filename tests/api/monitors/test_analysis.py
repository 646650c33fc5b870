"""Analyses over the API: whole answers, and bad questions that are named."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from domain.evaluation.outcome import Outcome
from models import Monitor, Schedule
from tests.api.client import ApiClient, body_of
from tests.factories import monitors as make

START = int(datetime.now(UTC).timestamp()) - 3600
"""The monitor is watched from two hours before this, and the hour from this on is asked about."""


def stamp(seconds: float) -> str:
    return make.at(seconds).isoformat(timespec="milliseconds").replace("+00:00", "Z")


HOUR = {"from": stamp(START), "to": stamp(START + 3600)}


@pytest.fixture
def monitor(client: ApiClient, session: Session) -> Monitor:
    client.make_monitor()
    row = session.scalars(select(Monitor)).one()
    row.created_at = make.at(START - 7200)
    session.execute(update(Schedule).values(from_slot=START - 7200, phase=START % 60))
    make.incident(session, row, started_at=make.at(START), ended_at=make.at(START + 360))
    for second, outcome in ((0, Outcome.DOWN), (60, Outcome.UP), (120, Outcome.UP)):
        make.check(session, row, START + second, outcome, total_us=2_000_000)
    session.commit()
    return row


def test_a_monitor_is_summed_up(client: ApiClient, monitor: Monitor) -> None:
    found = client.read(f"monitors/{monitor.public_id}/analysis", **HOUR)
    assert found["monitor"] == {"id": str(monitor.public_id), "name": "Shop"}
    assert found["current"] == {
        **HOUR,
        "availability_percent": 90.0,
        "monitored_seconds": 3600.0,
        "up_seconds": 3240.0,
        "down_seconds": 360.0,
        "unknown_seconds": 0.0,
        "maintenance_seconds": 0.0,
        "coverage_ratio": 1.0,
        "incidents": 1,
        "mttr_seconds": 360.0,
        "mtbf_seconds": 3240.0,
        "longest_outage_seconds": 360.0,
        "latency_ms": {
            "method": "exact",
            "relative_error": 0.0,
            "count": 2,
            **dict.fromkeys(("avg", "p50", "p90", "p95", "p99", "min", "max"), 2000.0),
        },
        "apdex": {
            "score": 1 / 3,
            "threshold_ms": 500,
            "satisfied": 0,
            "tolerating": 2,
            "frustrated": 1,
        },
    }


def test_a_monitor_is_compared_with_as_long_a_time_before(
    client: ApiClient, monitor: Monitor
) -> None:
    found = client.read(f"monitors/{monitor.public_id}/analysis", **HOUR)
    assert (found["previous"]["from"], found["previous"]["to"]) == (
        stamp(START - 3600),
        stamp(START),
    )
    assert found["previous"]["latency_ms"]["p95"] is None
    assert found["change"] == {
        "availability_points": -10.0,
        "down_seconds": 360.0,
        "incidents": 1,
        "mttr_seconds": None,
        "mtbf_seconds": None,
        "latency_p95_ms": None,
        "apdex": None,
    }


def test_an_organization_is_summed_up_and_others_count_for_nothing(
    client: ApiClient, stranger: ApiClient, monitor: Monitor
) -> None:
    found = client.read("analysis", **HOUR)
    assert found["monitors"] == 1
    assert found["current"]["availability_percent"] == 90.0
    assert found["change"]["availability_points"] == -10.0
    (worst,) = found["worst"]
    assert worst["monitor"]["id"] == str(monitor.public_id)
    assert (worst["availability_percent"], worst["down_seconds"]) == (90.0, 360.0)
    nothing = stranger.read("analysis", **HOUR)
    assert (nothing["monitors"], nothing["worst"]) == (0, [])
    assert nothing["current"]["availability_percent"] is None
    assert client.read("analysis", **HOUR, worst=0)["worst"] == []


def test_a_monitor_that_was_just_made_has_nothing_to_sum_up(client: ApiClient) -> None:
    made = client.make_monitor()
    found = client.read(f"monitors/{made['id']}/analysis")
    assert found["current"]["availability_percent"] is None
    assert found["current"]["apdex"]["score"] is None
    assert found["change"]["availability_points"] is None


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"from": "yesterday"}, "from"),
        ({"from": stamp(START), "to": stamp(START)}, "from"),
        ({"from": stamp(START - 401 * 86_400)}, "from"),
        ({"from": stamp(START + 90_000), "to": stamp(START + 99_000)}, "from"),
        ({"recipient": "me"}, "recipient"),
        ({"organization_id": "1"}, "organization_id"),
    ],
)
@pytest.mark.parametrize("whole", [False, True])
def test_a_question_that_makes_no_sense_is_named(
    client: ApiClient, monitor: Monitor, query: dict[str, str], field: str, *, whole: bool
) -> None:
    path = "analysis" if whole else f"monitors/{monitor.public_id}/analysis"
    response = client.get(path, **query)
    assert response.status_code == 422, response.text
    assert list(body_of(response)["errors"]) == [field]


@pytest.mark.parametrize("threshold", [0, -1, 60_001, "fast"])
def test_a_threshold_is_milliseconds_within_reason(
    client: ApiClient, monitor: Monitor, threshold: object
) -> None:
    path = f"monitors/{monitor.public_id}/analysis"
    response = client.get(path, apdex_threshold_ms=threshold)
    assert list(body_of(response)["errors"]) == ["apdex_threshold_ms"]


@pytest.mark.parametrize("worst", [-1, 21, "all"])
def test_only_some_of_the_worst_are_named(client: ApiClient, worst: object) -> None:
    assert list(body_of(client.get("analysis", worst=worst))["errors"]) == ["worst"]
