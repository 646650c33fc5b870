"""Checks, incidents, deliveries, uptime and latency over the API."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from domain.alerting.alert import AlertEvent
from domain.evaluation.outcome import Cause, Outcome
from models import Delivery, Monitor, Schedule
from models.delivery import DeliveryState
from tests.api.client import ApiClient, body_of
from tests.factories import monitors as make

START = int(datetime.now(UTC).timestamp()) - 7200


@pytest.fixture
def monitor(client: ApiClient, session: Session) -> Monitor:
    """Make a monitor that has been watched each minute for two hours."""
    client.make_monitor()
    row = session.scalars(select(Monitor)).one()
    row.created_at = make.at(START)
    session.execute(update(Schedule).values(from_slot=START, phase=START % 60))
    session.commit()
    return row


def stamp(seconds: float) -> str:
    return make.at(seconds).isoformat().replace("+00:00", "Z")


def test_the_log_shows_checks_newest_first(
    client: ApiClient, session: Session, monitor: Monitor
) -> None:
    make.check(session, monitor, START)
    make.check(
        session,
        monitor,
        START + 60,
        Outcome.DOWN,
        cause=Cause.TIMEOUT,
        detail="No answer within 10 s.",
        total_us=0,
        lateness=12,
    )
    session.commit()
    down, up = client.read(f"monitors/{monitor.public_id}/checks")["items"]
    assert down == {
        "checked_at": make.at(START + 60).isoformat(timespec="milliseconds")[:-6] + "Z",
        "outcome": "down",
        "cause": "timeout",
        "detail": "No answer within 10 s.",
        "http_status": None,
        "region": "default",
        "lateness_ms": 120,
        "timings": {"dns": 1.0, "connect": 2.0, "tls": 3.0, "first_byte": 15.0, "total": 0.0},
    }
    assert (up["outcome"], up["cause"], up["detail"], up["http_status"]) == ("up", "none", "", 200)
    assert up["timings"]["total"] == 20.0


def test_the_log_can_be_cut_by_time_and_outcome(
    client: ApiClient, session: Session, monitor: Monitor
) -> None:
    for number in range(4):
        make.check(
            session, monitor, START + 60 * number, Outcome.UNKNOWN if number == 1 else Outcome.UP
        )
    session.commit()
    path = f"monitors/{monitor.public_id}/checks"
    window = {"from": stamp(START + 60), "to": stamp(START + 180)}
    outcomes = [check["outcome"] for check in client.read(path, **window)["items"]]
    assert outcomes == ["up", "unknown"]
    found = client.read(path, outcome=["unknown", "down"])["items"]
    assert [check["outcome"] for check in found] == ["unknown"]


def test_pages_of_the_log_show_each_check_once(
    client: ApiClient, session: Session, monitor: Monitor
) -> None:
    for number in range(5):
        make.check(session, monitor, START + 60 * number)
    session.commit()
    seen: list[str] = []
    query: dict[str, object] = {"limit": 2}
    while True:
        page = client.read(f"monitors/{monitor.public_id}/checks", **query)
        seen += [check["checked_at"] for check in page["items"]]
        if page["next_cursor"] is None:
            break
        query["cursor"] = page["next_cursor"]
    assert len(seen) == 5
    assert seen == sorted(seen, reverse=True)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"from": "yesterday"}, "from"),
        ({"from": "2026-01-31"}, "from"),
        ({"from": "2026-01-31T12:00:00"}, "from"),
        ({"to": "2026-02-31T12:00:00Z"}, "to"),
        ({"to": "0001-01-01T00:00:00+14:00"}, "to"),
        ({"to": "9999-12-31T23:59:59Z"}, "to"),
        ({"colour": "red"}, "colour"),
    ],
)
@pytest.mark.parametrize("what", ["checks", "incidents", "uptime", "latency"])
def test_a_bad_time_is_named(
    client: ApiClient, monitor: Monitor, what: str, query: dict[str, str], field: str
) -> None:
    response = client.get(f"monitors/{monitor.public_id}/{what}", **query)
    assert response.status_code == 422, response.text
    assert list(body_of(response)["errors"]) == [field]


@pytest.mark.parametrize(
    "window",
    [
        {"from": stamp(START + 60), "to": stamp(START)},
        {"from": stamp(START), "to": stamp(START)},
        {"from": stamp(START - 401 * 86_400)},
    ],
)
@pytest.mark.parametrize("what", ["uptime", "latency"])
def test_a_window_must_be_one_of_at_most_400_days(
    client: ApiClient, monitor: Monitor, what: str, window: dict[str, str]
) -> None:
    response = client.get(f"monitors/{monitor.public_id}/{what}", **window)
    assert response.status_code == 422
    assert list(body_of(response)["errors"]) == ["from"]


def test_uptime_and_latency_agree_with_what_happened(
    client: ApiClient, session: Session, monitor: Monitor
) -> None:
    make.incident(session, monitor, started_at=make.at(START + 600), ended_at=make.at(START + 1200))
    make.check(session, monitor, START, total_us=10_000)
    make.check(session, monitor, START + 60, total_us=30_000)
    make.check(session, monitor, START + 120, Outcome.UNKNOWN, total_us=0)
    make.check(session, monitor, START + 180, Outcome.DEGRADED, total_us=50_000)
    session.commit()
    window = {"from": stamp(START), "to": stamp(START + 3600)}
    path = f"monitors/{monitor.public_id}"
    uptime = client.read(f"{path}/uptime", **window)
    assert (uptime["up_seconds"], uptime["down_seconds"], uptime["unknown_seconds"]) == (
        2940.0,
        600.0,
        60.0,
    )
    assert uptime["monitored_seconds"] == 3600.0
    assert uptime["percent"] == pytest.approx(100 * 2940 / 3540)
    latency = client.read(f"{path}/latency", **window)
    assert (latency["count"], latency["avg"], latency["p50"]) == (3, 30.0, 30.0)
    assert (latency["min"], latency["max"], latency["p90"]) == (10.0, 50.0, 46.0)


def test_without_any_check_there_is_no_latency(client: ApiClient, monitor: Monitor) -> None:
    latency = client.read(f"monitors/{monitor.public_id}/latency")
    assert latency["count"] == 0
    assert latency["avg"] is latency["p99"] is latency["max"] is None


def test_before_it_was_watched_nothing_is_known(client: ApiClient, monitor: Monitor) -> None:
    window = {"from": stamp(START - 7200), "to": stamp(START - 3600)}
    uptime = client.read(f"monitors/{monitor.public_id}/uptime", **window)
    assert (uptime["monitored_seconds"], uptime["percent"]) == (0.0, None)


def test_incidents_are_shown_with_what_was_sent(
    client: ApiClient, session: Session, monitor: Monitor
) -> None:
    incident = make.incident(session, monitor, started_at=make.at(START))
    session.add(delivery(incident.id, monitor, DeliveryState.DEAD, last_error="Refused."))
    session.commit()
    (listed,) = client.read("incidents")["items"]
    assert listed["monitor"] == {"id": str(monitor.public_id), "name": "Shop"}
    assert (listed["cause"], listed["ended_at"], listed["resolution"]) == ("status", None, None)
    shown = client.read(f"incidents/{listed['id']}")
    (sent,) = shown.pop("deliveries")
    assert [entry["kind"] for entry in shown.pop("timeline")] == ["opened"]
    assert shown.pop("follows_id") is None
    assert shown == listed
    assert (sent["event"], sent["kind"], sent["state"], sent["attempts"], sent["last_error"]) == (
        "down",
        "email",
        "dead",
        3,
        "Refused.",
    )
    assert sent["incident_id"] == listed["id"]


def test_incidents_can_be_filtered(client: ApiClient, session: Session, monitor: Monitor) -> None:
    over = make.incident(session, monitor, started_at=make.at(START), ended_at=make.at(START + 60))
    lasting = make.incident(session, monitor, started_at=make.at(START + 600))
    other = client.make_monitor()
    session.commit()

    def found(path: str = "incidents", **query: object) -> list[str]:
        return [item["id"] for item in client.read(path, **query)["items"]]

    assert found() == [str(lasting.public_id), str(over.public_id)]
    assert found(open="true") == [str(lasting.public_id)]
    assert found(open="false") == [str(over.public_id)]
    assert found(**{"from": stamp(START + 60)}) == [str(lasting.public_id)]
    assert found(to=stamp(START + 600)) == [str(over.public_id)]
    assert found(monitor_id=other["id"]) == []
    assert found(f"monitors/{monitor.public_id}/incidents", open="true") == found(open="true")
    assert found(f"monitors/{other['id']}/incidents") == []


def test_pages_of_incidents_and_deliveries_show_each_once(
    client: ApiClient, session: Session, monitor: Monitor
) -> None:
    for number in range(3):
        incident = make.incident(
            session,
            monitor,
            started_at=make.at(START + number),
            ended_at=make.at(START + number + 1),
        )
        session.add(delivery(incident.id, monitor, DeliveryState.SENT))
    session.commit()
    for path in ("incidents", "deliveries"):
        first = client.read(path, limit=2)
        second = client.read(path, limit=2, cursor=first["next_cursor"])
        assert second["next_cursor"] is None
        assert len({item["id"] for item in first["items"] + second["items"]}) == 3


def test_a_monitor_that_is_deleted_while_down_ends_its_incident(
    client: ApiClient, session: Session, monitor: Monitor
) -> None:
    incident = make.incident(session, monitor, started_at=make.at(START))
    session.add(delivery(incident.id, monitor, DeliveryState.SENT))
    session.commit()
    client.delete(f"monitors/{monitor.public_id}")
    shown = client.read(f"incidents/{incident.public_id}")
    assert shown["resolution"] == "monitor_deleted"
    assert [each["event"] for each in shown["deliveries"]] == ["down", "ended"]


def delivery(incident_id: int, of: Monitor, state: DeliveryState, **values: Any) -> Delivery:  # noqa: ANN401
    now = make.at(START) + timedelta(seconds=1)
    return Delivery(
        **{
            "organization_id": of.organization_id,
            "dedup_key": f"incident/{incident_id}/down",
            "incident_id": incident_id,
            "chain_id": incident_id,
            "event": AlertEvent.DOWN,
            "kind": "email",
            "address": "ada@example.test",
            "state": state,
            "attempt": 3,
            "next_attempt_at": now,
            "created_at": now,
            **values,
        }
    )


def test_the_series_adds_up_to_the_uptime_of_its_time(
    client: ApiClient, session: Session, monitor: Monitor
) -> None:
    make.check(session, monitor, START)
    make.check(session, monitor, START + 3600, Outcome.DOWN, cause=Cause.TIMEOUT, total_us=0)
    session.commit()
    path = f"monitors/{monitor.public_id}"
    window = {"from": stamp(START), "to": stamp(START + 5400)}
    series = client.read(f"{path}/series", **window, step="hour", region="default")
    points = series["points"]
    assert series["step"] == "hour"
    assert [each["to"] for each in points[:-1]] == [each["from"] for each in points[1:]]
    assert sum(each["latency"]["count"] for each in points) == 1
    assert sum(each["latency"]["failed"] for each in points) == 1
    whole = {"from": points[0]["from"], "to": points[-1]["to"]}
    uptime = client.read(f"{path}/uptime", **whole)
    for name in ("up_seconds", "down_seconds", "unknown_seconds"):
        total = sum(each["uptime"][name] for each in points)
        assert total == pytest.approx(uptime[name], abs=2)


def test_a_series_of_an_unknown_region_or_step_is_refused(
    client: ApiClient, monitor: Monitor
) -> None:
    path = f"monitors/{monitor.public_id}/series"
    refused = client.get(path, region="moon")
    assert refused.status_code == 422
    assert "There is no region moon." in refused.get_data(as_text=True)
    assert client.get(path, step="week").status_code == 422
