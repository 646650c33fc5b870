"""What a webhook says: each thing in a field of its own, in the form that is documented."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from domain.alerting.alert import Alert, AlertEvent, Outage
from notifiers.webhook.body import TYPES, Event, encoded
from tests.conftest import ROOT
from tests.notifiers.alerts import STARTED, every_event, of_event, outage


def notified(alert: Alert) -> Any:  # noqa: ANN401 - it is JSON
    return json.loads(encoded(alert))


def test_what_an_incident_is_about_is_said_in_fields_of_their_own() -> None:
    alert = replace(
        outage(cause="Slow.\nVery."),
        event=AlertEvent.REMINDER,
        is_degraded=True,
        is_authorization=True,
        number=2,
        incident_id="i1",
        cause_code="slow",
        http_status=200,
        failures=3,
        regions=("eu-west",),
        outage=Outage(started_at=STARTED, down_for=timedelta(seconds=10)),
        also_down=("Blog",),
        facts=(("Region", "north"),),
        late_by=timedelta(seconds=90),
        acknowledge_link="https://d.example/a",
        occurred_at=datetime(2026, 11, 24, 9, tzinfo=UTC),
    )
    data = notified(alert)["data"]
    assert notified(alert)["timestamp"] == "2026-11-24T09:00:00.000Z"
    assert data["incident"]["severity"] == "degraded"
    assert data["incident"]["is_authorization"] is True
    assert data["detail"] == "Slow. Very."
    of_incident = {
        name: data["incident"][name]
        for name in ("id", "cause", "http_status", "failed_checks", "regions", "outage")
    }
    assert of_incident == {
        "id": "i1",
        "cause": "slow",
        "http_status": 200,
        "failed_checks": 3,
        "regions": ["eu-west"],
        "outage": {
            "started_at": "2026-11-24T08:12:05.000Z",
            "ended_at": None,
            "down_seconds": 10.0,
        },
    }
    assert (data["reminder"], data["late_by_seconds"]) == (2, 90.0)
    assert (data["also_down"], data["facts"]) == (
        ["Blog"],
        [{"label": "Region", "value": "north"}],
    )
    assert data["link"] == "https://downtime.example/api/v1/incidents/1"
    assert data["acknowledge_link"] == "https://d.example/a"


def test_the_severity_is_that_of_the_outage() -> None:
    for alert, severity in (
        (outage(), "down"),
        (replace(outage(), event=AlertEvent.DEGRADED), "degraded"),
    ):
        assert notified(alert)["data"]["incident"]["severity"] == severity


def test_what_there_is_nothing_to_say_about_is_null() -> None:
    data = notified(replace(outage(url=""), link=""))["data"]
    assert data["monitor"]["url"] is None
    names = ("reminder", "link", "acknowledge_link", "late_by_seconds")
    assert [data[name] for name in names] == [None] * 4
    quota = notified(of_event(AlertEvent.QUOTA))["data"]
    assert (quota["monitor"], quota["incident"]) == (None, None)


@pytest.mark.parametrize("alert", every_event(), ids=lambda alert: alert.event)
def test_every_event_has_a_type_and_the_documented_form(alert: Alert) -> None:
    assert notified(alert)["type"] == TYPES[alert.event]
    assert Event.model_validate(notified(alert)).data.text


def test_types_tell_events_apart() -> None:
    assert sorted(TYPES) == sorted(AlertEvent)
    assert len(set(TYPES.values())) == len(TYPES)


def test_the_documented_form_is_the_one_that_is_sent() -> None:
    written = json.loads((ROOT / "docs" / "reference" / "webhook.schema.json").read_text())
    assert written == Event.model_json_schema(mode="serialization")


def test_every_type_is_documented() -> None:
    text = (ROOT / "docs" / "reference" / "webhooks.md").read_text()
    assert all(f"`{each}`" in text for each in TYPES.values())
