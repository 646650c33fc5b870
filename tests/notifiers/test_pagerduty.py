"""PagerDuty: one incident there for one outage here, opened, acknowledged and resolved by its key."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from domain.alerting.alert import ENDS, Alert, AlertEvent
from notifiers.base import Destination, NotifierError
from notifiers.pagerduty import PagerDutyNotifier, PagerDutySettings, event
from tests.notifiers.alerts import (
    ACKNOWLEDGE,
    OUTAGE_KEY,
    about_many,
    every_event,
    of_event,
    outage,
    recovery,
)
from tests.notifiers.channels import ROUTING_KEY
from tests.notifiers.gateway import Gateway, content, http

TEAM = Destination("service", {"routing_key": ROUTING_KEY})
OK = http("202 Accepted", '{"status": "success", "dedup_key": "x"}')


def send(answer: bytes, alert: Alert) -> Sequence[Any]:
    with Gateway(answer) as gateway:
        PagerDutyNotifier(gateway.url, seconds=5).send(TEAM, alert)
    return [content(request) for request in gateway.requests]


def test_an_outage_opens_an_incident() -> None:
    (notified,) = send(OK, replace(outage(), acknowledge_link=ACKNOWLEDGE))
    assert (notified["event_action"], notified["dedup_key"]) == ("trigger", OUTAGE_KEY)
    assert notified["routing_key"] == ROUTING_KEY
    assert notified["payload"]["summary"] == f"DOWN: Shop: {outage().cause}"
    assert notified["payload"]["custom_details"] == {
        "Monitor": "Shop",
        "Cause": outage().cause,
        "Address": outage().url,
        "Since": "2026-11-24 08:12:05 UTC",
    }
    assert (notified["payload"]["source"], notified["payload"]["severity"]) == ("Shop", "critical")
    assert notified["payload"]["timestamp"] == "2026-11-24T08:12:05+00:00"
    assert notified["links"] == [{"href": ACKNOWLEDGE, "text": "Acknowledge"}]


@pytest.mark.parametrize("over", sorted(ENDS))
def test_the_end_resolves_the_incident_that_the_outage_opened(over: AlertEvent) -> None:
    (notified,) = send(OK, recovery(event=over))
    assert (notified["event_action"], notified["dedup_key"]) == ("resolve", OUTAGE_KEY)


def test_a_monitor_that_is_stable_again_resolves_that_it_was_not() -> None:
    def notified(event_: AlertEvent, key: str, monitor: str) -> tuple[str, str]:
        alert = replace(of_event(event_), key=key, outage_key=key, monitor_id=monitor)
        sent = event(alert, SecretStr(ROUTING_KEY))
        return sent["event_action"], sent["dedup_key"]

    unstable = notified(AlertEvent.FLAPPING, "key-1", "shop")
    stable = notified(AlertEvent.STABLE, "key-2", "shop")
    outage_of_it = notified(AlertEvent.DOWN, "key-3", "shop")
    assert (unstable[0], stable[0]) == ("trigger", "resolve")
    assert unstable[1] == stable[1]
    assert unstable[1] not in {outage_of_it[1], notified(AlertEvent.FLAPPING, "key-4", "blog")[1]}


def test_an_acknowledgement_is_passed_on() -> None:
    notified = event(of_event(AlertEvent.ACKNOWLEDGED), SecretStr(ROUTING_KEY))
    assert (notified["event_action"], notified["dedup_key"]) == ("acknowledge", OUTAGE_KEY)


def test_degraded_service_is_a_warning() -> None:
    notified = event(of_event(AlertEvent.DEGRADED), SecretStr(ROUTING_KEY))
    assert notified["payload"]["severity"] == "warning"


def test_each_message_of_a_digest_is_sent_by_itself_so_that_it_can_be_resolved() -> None:
    notified = send(OK, about_many())
    assert [each["event_action"] for each in notified] == ["trigger", "trigger", "resolve"]


@pytest.mark.parametrize("alert", every_event(), ids=lambda alert: alert.event)
def test_every_event_keeps_to_the_limits(alert: Alert) -> None:
    notified = event(replace(alert, monitor_name="x" * 5000), SecretStr(ROUTING_KEY))
    assert len(notified["dedup_key"]) <= 255
    assert len(notified.get("payload", {}).get("summary", "x")) <= 1024
    assert len(notified.get("payload", {}).get("source", "x")) <= 255


def test_what_has_no_beginning_has_no_time_rather_than_an_empty_one() -> None:
    assert "timestamp" not in event(of_event(AlertEvent.TEST), SecretStr(ROUTING_KEY))["payload"]


@pytest.mark.parametrize(
    "said",
    [
        '{"message": "Event object is invalid", "errors": ["\'routing_key\' is invalid"]}',
        '{"status": "invalid key", "message": "Invalid routing key"}',
        '{"message": "Event object is invalid", "errors": ["Invalid routing key"]}',
    ],
)
def test_a_key_that_is_no_more_ends_the_channel(said: str) -> None:
    answer = http("400 Bad Request", said)
    with pytest.raises(NotifierError) as caught:
        send(answer, outage())
    assert caught.value.channel_gone


def test_an_event_that_is_found_odd_does_not() -> None:
    answer = http(
        "400 Bad Request", '{"message": "Event object is invalid", "errors": ["summary"]}'
    )
    with pytest.raises(NotifierError) as caught:
        send(answer, outage())
    assert not caught.value.permanent
    assert ROUTING_KEY not in str(caught.value)


@pytest.mark.parametrize("key", ["", "x", "R0" * 15 + "R!", "R0" * 17])
def test_what_is_no_key_is_refused(key: str) -> None:
    with pytest.raises(ValidationError):
        PagerDutySettings.model_validate({"routing_key": key})
