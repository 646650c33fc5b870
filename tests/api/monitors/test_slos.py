"""SLOs over the API: what is refused, what replaces what, and OpenSLO documents there and back."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Monitor, Schedule
from models.session import database_now
from tests.api.client import ApiClient, body_of
from tests.factories import monitors as make


def test_an_slo_shows_its_budget_its_burn_rates_and_its_days(
    client: ApiClient, session: Session
) -> None:
    made = client.make_monitor(name="Shop")
    monitor = session.scalars(select(Monitor)).one()
    now = database_now(session)
    for span in session.scalars(select(Schedule)):
        span.from_slot = int((now - timedelta(days=40)).timestamp())
    ended = now - timedelta(minutes=5)
    make.incident(session, monitor, started_at=ended - timedelta(minutes=10), ended_at=ended)
    session.commit()
    slo = client.make("slos", name="Shop", monitor_id=made["id"], target_percent=99.9)
    assert (slo["rolling_days"], slo["indicator"]) == (30, "availability")
    status = slo["status"]
    budget = status["budget"]
    assert (round(budget["total"]), round(budget["used"])) == (2592, 600)
    assert budget["left"] == pytest.approx(budget["total"] - budget["used"])
    assert sum(each["used"] for each in status["history"]) == pytest.approx(600, abs=1)
    assert [each["factor"] for each in status["burn_rates"]] == [14.4, 6.0, 1.0]
    assert status["burn_rates"][0]["long_rate"] == pytest.approx(600 / 3.6, rel=0.01)
    assert (status["unit"], status["burning"]) == ("seconds", None)


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("target_percent", {"target_percent": 100}),
        ("target_percent", {"target_percent": 49}),
        ("threshold_ms", {"indicator": "latency"}),
        ("threshold_ms", {"threshold_ms": 100}),
        ("calendar", {"rolling_days": 7, "calendar": "month"}),
        ("rolling_days", {"rolling_days": 91}),
        ("time_zone", {"time_zone": "Mars/Olympus"}),
        ("monitor_id", {"monitor_id": "00000000-0000-0000-0000-000000000000"}),
        ("contact_group_ids", {"contact_group_ids": ["00000000-0000-0000-0000-000000000000"]}),
    ],
)
def test_what_cannot_be_taken_is_named(
    client: ApiClient, field: str, values: dict[str, object]
) -> None:
    answer = client.post("slos", {"name": "X", "target_percent": 99, **values})
    assert answer.status_code == 422
    assert {name.partition(".")[0] for name in body_of(answer)["errors"]} == {field}


def test_a_tag_replaces_the_monitor_and_a_calendar_the_days(client: ApiClient) -> None:
    monitor = client.make_monitor()
    slo = client.make("slos", name="Shop", monitor_id=monitor["id"], target_percent=99.9)
    changes = {"tag": "shop", "calendar": "quarter", "time_zone": "Europe/Berlin"}
    changed = body_of(client.patch(f"slos/{slo['id']}", changes))
    assert (changed["monitor_id"], changed["tag"]) == (None, "shop")
    assert (changed["rolling_days"], changed["calendar"]) == (None, "quarter")
    begin = datetime.fromisoformat(changed["status"]["period"]["from"])
    assert begin.astimezone(UTC).hour in {22, 23}


def test_the_list_of_a_monitor_has_those_of_its_tags_and_of_all(client: ApiClient) -> None:
    monitor = client.make_monitor(tags=["shop"])
    for name, scope in (("a", {}), ("b", {"tag": "shop"}), ("c", {"tag": "other"})):
        client.make("slos", name=name, target_percent=99, **scope)
    client.make("slos", name="d", target_percent=99, monitor_id=monitor["id"])
    found = client.read("slos", monitor_id=monitor["id"])["items"]
    assert [each["name"] for each in found] == ["a", "b", "d"]
    assert client.post("slos", {"name": "a", "target_percent": 99}).status_code == 409


def test_the_slos_of_a_deleted_monitor_go_with_it(client: ApiClient) -> None:
    monitor = client.make_monitor()
    client.make("slos", name="Shop", target_percent=99, monitor_id=monitor["id"])
    client.delete(f"monitors/{monitor['id']}")
    assert client.read("slos")["items"] == []


def test_an_openslo_document_comes_back_as_the_same_slo(client: ApiClient) -> None:
    monitor = client.make_monitor()
    latency = {"indicator": "latency", "threshold_ms": 300}
    quarter = {"calendar": "quarter", "time_zone": "Europe/Berlin"}
    groups = [client.make("contact-groups", name=name)["id"] for name in ("Night", "On call")]
    for name, values in (
        ("Käse: 99", {"monitor_id": monitor["id"], **latency}),
        ("Tag", {"tag": "shop", "contact_group_ids": groups, **quarter}),
        ("All", {"rolling_days": 7, "time_zone": "Asia/Kathmandu"}),
    ):
        slo = client.make("slos", name=name, target_percent=99.95, **values)
        document = client.read(f"slos/{slo['id']}/openslo")["document"]
        assert client.read(f"slos/{slo['id']}/openslo")["document"] == document
        client.delete(f"slos/{slo['id']}")
        made = body_of(client.post("slos/openslo", {"document": document}))["items"]
        same = {"id", "created_at", "updated_at", "status"}
        assert {key: made[0][key] for key in made[0].keys() - same} == {
            key: slo[key] for key in slo.keys() - same
        }


@pytest.mark.parametrize(
    "document",
    [
        "a: &a [x]\nb: *a",
        "!!python/object/apply:os.system ['true']",
        "[" * 20_000,
        "kind: SLO",
        "- 1",
        "",
        "\x00",
        "{a: b}\n---\n" * 60,
    ],
)
def test_a_document_that_is_no_openslo_is_refused(client: ApiClient, document: str) -> None:
    answer = client.post("slos/openslo", {"document": document})
    assert answer.status_code == 422
    assert set(body_of(answer)["errors"]) == {"document"}


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ("time-zone: UTC", None),
        ("contact-groups: x", "SLO 1: Contact groups are ids between commas."),
        ("time-zone: Mars/Base", "This time zone does not exist."),
    ],
)
def test_what_openslo_has_no_field_for_is_an_annotation(
    client: ApiClient, given: str, problem: str | None
) -> None:
    slo = client.make("slos", name="All", target_percent=99)
    document = client.read(f"slos/{slo['id']}/openslo")["document"]
    client.delete(f"slos/{slo['id']}")
    assert "downtime-monitor/time-zone: UTC" in document
    answer = client.post("slos/openslo", {"document": document.replace("time-zone: UTC", given)})
    assert answer.status_code == (201 if problem is None else 422)
    assert problem is None or problem in str(body_of(answer)["errors"])


def test_none_of_the_slos_of_a_document_is_created_if_one_is_invalid(client: ApiClient) -> None:
    slo = client.make("slos", name="All", target_percent=99)
    document = client.read(f"slos/{slo['id']}/openslo")["document"]
    second = document.replace("displayName: All", "displayName: Another")
    answer = client.post("slos/openslo", {"document": f"{second}\n---\n{document}"})
    assert answer.status_code == 409
    assert len(client.read("slos")["items"]) == 1
