"""Heartbeats over the API: monitors that are pinged, and all else that they share with others."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import update
from sqlalchemy.orm import Session

from models import Heartbeat, Monitor, PingReceiverSpan
from models.session import database_now
from services.heartbeats import sweep as heartbeat_sweep
from tests.api.client import ApiClient, body_of
from tests.api.machines import callers as machine_callers
from tests.api.machines.callers import join
from tests.factories.contacts import all_agree

HOURLY = {"period_seconds": 3600, "grace_seconds": 600}


def make(client: ApiClient, **values: object) -> dict[str, Any]:
    body = {"name": "Backup", "kind": "heartbeat", "settings": HOURLY, **values}
    return client.make("monitors", **body)


def path_of(monitor: dict[str, Any]) -> str:
    return str(monitor["heartbeat"]["ping_url"]).removeprefix("http://127.0.0.1:8000")


def test_a_heartbeat_needs_a_name_and_a_period_and_gets_an_address(client: ApiClient) -> None:
    monitor = make(client)
    assert path_of(monitor).startswith("/ping/")
    assert monitor["settings"] == {**HOURLY, "cron": None, "time_zone": "UTC"}
    assert (monitor["state"]["state"], monitor["confirmations"]) == ("pending", 1)
    assert client.read(f"monitors/{monitor['id']}") == monitor


def test_lists_show_each_address_whose_key_there_is(client: ApiClient, session: Session) -> None:
    shown, lost = make(client), make(client, name="Report")
    row = session.query(Heartbeat).join(Monitor).filter(Monitor.name == "Report").one()
    row.nonce = bytes(12)
    session.flush()
    listed = {each["id"]: each["heartbeat"] for each in client.read("monitors")["items"]}
    assert listed[shown["id"]] == shown["heartbeat"]
    assert listed[lost["id"]] == lost["heartbeat"] | {"ping_url": None}


def test_heartbeats_that_are_made_together_have_addresses(
    client: ApiClient, anybody: ApiClient
) -> None:
    wanted = [{"name": name, "kind": "heartbeat", "settings": HOURLY} for name in "ab"]
    made = client.post("monitors/bulk", {"mode": "all", "monitors": wanted})
    paths = {path_of(each["monitor"]) for each in body_of(made)["items"]}
    assert len(paths) == len(wanted)
    assert all(anybody.get(path).status_code == 200 for path in paths)


def test_what_means_nothing_for_a_heartbeat_is_shown_as_null(client: ApiClient) -> None:
    monitor = make(client)
    for name in ("url", "interval_seconds", "timeout_seconds", "recheck_seconds"):
        assert monitor[name] is None
    shown = {name: monitor[name] for name in ("url", "interval_seconds", "settings", "name")}
    changed = client.patch(f"monitors/{monitor['id']}", shown)
    assert changed.status_code == 200, changed.text


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("url", "https://shop.test/"),
        ("interval_seconds", 30),
        ("timeout_seconds", 5),
        ("recheck_seconds", 5),
        ("latency_threshold_ms", 100),
        ("kind", "http"),
    ],
)
def test_what_means_nothing_for_a_heartbeat_is_refused(
    client: ApiClient, field: str, value: object
) -> None:
    monitor = make(client)
    response = client.patch(f"monitors/{monitor['id']}", {field: value})
    assert response.status_code == 422
    assert field in body_of(response)["errors"]
    assert client.read(f"monitors/{monitor['id']}") == monitor


def test_no_other_monitor_becomes_a_heartbeat(client: ApiClient) -> None:
    monitor = client.make_monitor()
    assert monitor["heartbeat"] is None
    change = {"kind": "heartbeat", "url": None, "settings": HOURLY}
    response = client.patch(f"monitors/{monitor['id']}", change)
    assert list(body_of(response)["errors"]) == ["kind"]


def test_all_other_kinds_still_need_a_url(client: ApiClient) -> None:
    for body in ({"name": "Shop"}, {"name": "Shop", "url": None}):
        response = client.post("monitors", body)
        assert response.status_code == 422
        assert list(body_of(response)["errors"]) == ["url"]


def test_a_heartbeat_takes_no_credentials(client: ApiClient) -> None:
    credential = client.make(
        "credentials", name="Login", scheme="bearer", fields={"token": "t-0123456789"}
    )
    body = {"name": "B", "kind": "heartbeat", "settings": HOURLY}
    response = client.post("monitors", {**body, "credential_ids": [credential["id"]]})
    assert list(body_of(response)["errors"]) == ["credential_ids"]


@pytest.mark.parametrize(
    ("wrong", "path"),
    [
        ({}, "settings"),
        ({"period_seconds": 1}, "settings.period_seconds"),
        ({"cron": "* * * *"}, "settings.cron"),
        ({"cron": "* * * * *", "time_zone": "Moon"}, "settings.time_zone"),
        ({"period_seconds": 60, "method": "GET"}, "settings.method"),
    ],
)
def test_bad_settings_are_named(client: ApiClient, wrong: dict[str, Any], path: str) -> None:
    body = {"name": "Backup", "kind": "heartbeat", "settings": wrong}
    response = client.post("monitors", body)
    assert response.status_code == 422
    assert list(body_of(response)["errors"]) == [path]


def test_a_period_becomes_a_cron_expression_when_it_is_taken_out(client: ApiClient) -> None:
    monitor = make(client)
    settings = {"period_seconds": None, "cron": "30 3 * * *", "time_zone": "Europe/Berlin"}
    changed = client.patch(f"monitors/{monitor['id']}", {"settings": settings})
    assert body_of(changed)["settings"] == {**settings, "grace_seconds": 600}


def test_nobody_can_check_a_heartbeat(client: ApiClient) -> None:
    response = client.post(f"monitors/{make(client)['id']}/check")
    assert response.status_code == 409
    assert "reports by itself" in body_of(response)["detail"]


def test_heartbeats_are_created_in_bulk_and_listed_by_kind(client: ApiClient) -> None:
    beat = {"name": "B", "kind": "heartbeat", "settings": HOURLY}
    shop = {"name": "S", "url": "https://shop.test/"}
    client.make("monitors/bulk", mode="all", monitors=[beat, shop])
    [listed] = client.read("monitors", kind="heartbeat")["items"]
    assert listed["heartbeat"]["ping_url"]


def test_pings_are_listed_with_what_they_said(client: ApiClient, anybody: ApiClient) -> None:
    monitor = make(client)
    rid = "0b9b1c9e-7a4f-4c0e-9d55-3f2f3c1f6a10"
    anybody.send("POST", f"{path_of(monitor)}/start?rid={rid}", data="begin")
    anybody.send("POST", f"{path_of(monitor)}/3?rid={rid}", data="disk full")
    path = f"monitors/{monitor['id']}/pings"
    page = client.read(path, limit=1)
    [last] = page["items"]
    assert (last["signal"], last["exit_code"], last["body"]) == ("fail", 3, "disk full")
    assert last["run_id"] == rid
    assert last["duration_ms"] >= 0
    [first] = client.read(path, cursor=page["next_cursor"])["items"]
    assert (first["signal"], first["body"], first["duration_ms"]) == ("start", "begin", None)


def test_pings_of_others_are_not_there(client: ApiClient, stranger: ApiClient) -> None:
    monitor = make(client)
    assert stranger.get(f"monitors/{monitor['id']}/pings").status_code == 404


def test_a_pause_and_a_resume_keep_the_address(client: ApiClient) -> None:
    monitor = make(client)
    client.post(f"monitors/{monitor['id']}/pause")
    resumed = body_of(client.post(f"monitors/{monitor['id']}/resume"))
    assert resumed["heartbeat"] == monitor["heartbeat"]
    assert resumed["state"]["state"] == "pending"


def test_the_whole_way_of_a_job_that_stops_and_comes_back(
    client: ApiClient, anybody: ApiClient, session: Session
) -> None:
    """From the first ping by the missed deadline and its message to the recovery."""
    contact = client.make(
        "contacts", name="Ada", channels=[{"kind": "email", "address": "ada@example.test"}]
    )
    all_agree(session)
    group = client.make("contact-groups", name="On call", contact_ids=[contact["id"]])
    monitor = make(client, contact_group_ids=[group["id"]])
    assert anybody.get(path_of(monitor)).text == "OK"

    now = database_now(session)
    deadline = session.query(Heartbeat).one().deadline_at
    assert deadline is not None
    session.add(PingReceiverSpan(began_at=now - timedelta(minutes=1), until_at=deadline))
    heartbeat_sweep.sweep(session, now=deadline + timedelta(seconds=3))
    session.commit()
    [incident] = client.read("incidents")["items"]
    assert (incident["cause"], incident["monitor"]["name"]) == ("late", "Backup")
    [delivery] = client.read("deliveries")["items"]
    assert (delivery["event"], delivery["address"]) == ("down", "ada@example.test")

    anybody.get(path_of(monitor))
    shown = client.read(f"monitors/{monitor['id']}")
    assert shown["state"]["incident_open"] is False
    assert client.read("incidents", open=True)["items"] == []


def test_the_figures_of_a_heartbeat_have_a_place_too(client: ApiClient, anybody: ApiClient) -> None:
    monitor = make(client)
    anybody.get(path_of(monitor))
    figures = client.read(f"monitors/{monitor['id']}/uptime")
    assert figures["down_seconds"] == figures["unknown_seconds"] == 0
    assert client.read(f"monitors/{monitor['id']}/latency")["count"] == 0


def test_a_deleted_heartbeat_takes_no_pings(
    client: ApiClient, anybody: ApiClient, session: Session
) -> None:
    monitor = make(client)
    client.delete(f"monitors/{monitor['id']}")
    assert anybody.get(path_of(monitor)).status_code == 404
    assert session.query(Monitor).one().deleted_at is not None


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    given_settings=st.dictionaries(
        st.sampled_from(["period_seconds", "cron", "time_zone", "grace_seconds", "x"]),
        st.none()
        | st.booleans()
        | st.integers(-(10**12), 10**12)
        | st.text(max_size=20)
        | st.from_regex(r"([0-9*/,\-]{1,4} ){4}[0-9*L#]{1,3}", fullmatch=True)
        | st.sampled_from(["UTC", "Europe/Berlin", 60, 3600]),
        max_size=4,
    )
)
def test_any_settings_are_taken_or_refused_with_a_reason(
    client: ApiClient, anybody: ApiClient, given_settings: dict[str, Any]
) -> None:
    body = {"name": "Backup", "kind": "heartbeat", "settings": given_settings}
    response = client.post("monitors", body)
    assert response.status_code in {201, 422}, response.text
    if response.status_code == 422:
        assert body_of(response)["errors"]
    else:
        assert anybody.get(path_of(body_of(response))).status_code == 200


@pytest.mark.abuse(84)
@pytest.mark.parametrize("role", ["viewer", "auditor"])
def test_who_may_not_change_monitors_is_shown_no_address(
    app: Flask, client: ApiClient, role: str
) -> None:
    """Whoever knows it reports for the job: that it failed, or that all is well."""
    monitor = make(client)
    reader = join(client, app, "vic", role)
    machine = machine_callers.with_token(
        app, machine_callers.new_key(client, "monitor:read")["key"]
    )
    for each in (reader, machine):
        (listed,) = each.read("monitors")["items"]
        for shown in (listed, each.read(f"monitors/{monitor['id']}")):
            assert shown["heartbeat"] == monitor["heartbeat"] | {"ping_url": None}
        assert each.post(f"monitors/{monitor['id']}/ping-url/rotate", {}).status_code == 403
    writer = machine_callers.with_token(
        app, machine_callers.new_key(client, "monitor:read", "monitor:write")["key"]
    )
    assert writer.read(f"monitors/{monitor['id']}") == monitor


@pytest.mark.abuse(84)
def test_another_address_ends_the_one_before_after_a_while(
    client: ApiClient, anybody: ApiClient, session: Session
) -> None:
    monitor = make(client)
    rotated = body_of(client.post(f"monitors/{monitor['id']}/ping-url/rotate", {}))
    previous, present = path_of(monitor), path_of(rotated)
    ends_at = datetime.fromisoformat(rotated["heartbeat"]["previous_ping_url_until"])
    assert timedelta(hours=23) < ends_at - datetime.now(UTC) <= timedelta(days=1)
    assert previous != present
    assert client.read(f"monitors/{monitor['id']}") == rotated
    assert [anybody.get(path).status_code for path in (previous, present)] == [200, 200]
    session.execute(update(Heartbeat).values(previous_until=datetime.now(UTC)))
    session.commit()
    assert [anybody.get(path).status_code for path in (previous, present)] == [404, 200]
    assert len(client.read(f"monitors/{monitor['id']}/pings")["items"]) == 3


@pytest.mark.abuse(84)
def test_an_address_may_end_at_once_and_one_before_the_former_does(
    client: ApiClient, anybody: ApiClient
) -> None:
    monitor = make(client)
    rotate = f"monitors/{monitor['id']}/ping-url/rotate"
    second, third = (body_of(client.post(rotate, {})) for _ in range(2))
    paths = [path_of(each) for each in (monitor, second, third)]
    assert [anybody.get(path).status_code for path in paths] == [404, 200, 200]
    fourth = body_of(client.post(rotate, {"overlap_seconds": 0}))
    assert fourth["heartbeat"]["previous_ping_url_until"] is None
    paths = [path_of(each) for each in (second, third, fourth)]
    assert [anybody.get(path).status_code for path in paths] == [404, 404, 200]


def test_nobody_gives_an_address_to_a_heartbeat_of_others_or_to_what_is_none(
    client: ApiClient, stranger: ApiClient
) -> None:
    rotate = f"monitors/{make(client)['id']}/ping-url/rotate"
    assert stranger.post(rotate, {}).status_code == 404
    assert client.post(rotate, {"overlap_seconds": 7 * 86_400 + 1}).status_code == 422
    shop = client.make_monitor()
    assert client.post(f"monitors/{shop['id']}/ping-url/rotate", {}).status_code == 409
