"""From a registration to the second text message: the whole path of an outage, over HTTP only."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from devstack.stack import Stack
from domain.alerting.alert import spoken_duration
from tests.e2e.client import Client, Json, contact_group, is_question, register
from tests.e2e.patience import eventually
from tests.servers.site import ScriptedSite

pytestmark = pytest.mark.stack

MAIL, PHONE = "ann@shop.example", "+14155550111"
OTHER_MAIL, OTHER_PHONE = "eve@rival.example", "+14155550122"
_INTERVAL = 5
_LATE = 10
"""Seconds that a check may be late on a busy machine; it is booked to the second it was due."""
_DOWN_SECONDS = 12
_PATIENCE_SECONDS = 90
"""Far more than it takes: a busy machine is not a defect."""


@dataclass(frozen=True, slots=True)
class Story:
    """What the test did, and whom it did it as."""

    owner: Client
    stranger: Client
    monitor: str
    other_monitor: str
    failing_from: float
    failing_until: float
    recovered_at: float


@pytest.fixture(scope="module")
def story(stack: Stack) -> Iterator[Story]:
    """Let a site fail and recover once, under the eyes of one of two organizations."""
    with ScriptedSite() as site, ScriptedSite() as other_site:
        owner, stranger = (register(stack.address("api"), name) for name in ("Shop", "Rival"))
        monitor = _monitor(owner, site.url, MAIL, PHONE)
        other = _monitor(stranger, other_site.url, OTHER_MAIL, OTHER_PHONE)
        _wait_for_state(owner, monitor, "up")
        _wait_for_state(stranger, other, "up")
        site.answer = 500
        failing_from = time.time()
        _wait_for_state(owner, monitor, "down")
        time.sleep(max(0, failing_from + _DOWN_SECONDS - time.time()))
        site.answer = 200
        failing_until = time.time()
        _wait_for_state(owner, monitor, "up")
        recovered_at = time.time()
        yield Story(owner, stranger, monitor, other, failing_from, failing_until, recovered_at)


def _monitor(client: Client, url: str, mail: str, phone: str) -> str:
    group = contact_group(client, "On call", {"email": mail, "sms": phone})
    created = client.post(
        "/monitors",
        {
            "name": "Front page",
            "url": f"{url}/",
            "interval_seconds": _INTERVAL,
            "confirmations": 2,
            "recheck_seconds": 1,
            "contact_group_ids": [group],
        },
    )
    return str(created["id"])


def _wait_for_state(client: Client, monitor: str, state: str) -> None:
    eventually(
        lambda: client.get(f"/monitors/{monitor}")["state"]["state"] == state,
        seconds=_PATIENCE_SECONDS,
        what=f"the monitor to be {state}",
    )


def _time(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def _heard(story: Story, kind: str, address: str) -> list[Json]:
    """Wait for two messages to an address; return all that it got, oldest first."""
    return eventually(
        lambda: found if len(found := _inbox(story.owner, kind, address)) >= 2 else [],
        seconds=_PATIENCE_SECONDS,
        what=f"two messages to {address}",
    )


def _inbox(client: Client, kind: str, address: str) -> list[Json]:
    messages = client.ask("GET", "/dev/inbox").body[kind]
    return [each for each in reversed(messages) if each["to"] == address and not is_question(each)]


def _incident(story: Story) -> Json:
    [incident] = story.owner.all_of(f"/monitors/{story.monitor}/incidents")
    return incident


def _lasted(incident: Json) -> float:
    return _time(incident["ended_at"]) - _time(incident["started_at"])


def test_the_outage_is_one_incident_from_its_first_failing_check_to_its_first_good_one(
    story: Story,
) -> None:
    incident = _incident(story)
    # A check is booked to its slot, the second in which it was due.
    assert (
        story.failing_from - 2
        <= _time(incident["started_at"])
        <= story.failing_from + _INTERVAL + _LATE
    )
    assert story.failing_until - 2 <= _time(incident["ended_at"]) <= story.recovered_at
    assert incident["resolution"] == "recovered"
    assert incident["cause"] == "status"
    assert "500" in incident["detail"]
    assert story.owner.all_of("/incidents") == [incident]
    assert story.owner.all_of("/incidents", open="true") == []


def test_one_mail_tells_of_the_outage_and_one_of_its_end(story: Story) -> None:
    down, up = _heard(story, "mails", MAIL)
    # A long subject is folded, and then begins after the name of its header.
    assert down["subject"].lstrip().startswith("DOWN: Front page (answered 500 ")
    assert "500 Internal Server Error" in down["text"]
    lasted = spoken_duration(timedelta(seconds=_lasted(_incident(story))))
    assert up["subject"].startswith("Recovered: Front page ")
    assert lasted in up["subject"]
    assert down["message_id"] != up["message_id"]


def test_one_text_message_tells_of_the_outage_and_one_of_its_end(story: Story) -> None:
    down, up = _heard(story, "texts", PHONE)
    assert down["body"].startswith("DOWN: Front page ")
    assert "500" in down["body"]
    lasted = spoken_duration(timedelta(seconds=_lasted(_incident(story))))
    assert up["body"].startswith("RECOVERED: Front page")
    assert lasted in up["body"]


def test_the_incident_lists_each_message_as_sent_once(story: Story) -> None:
    _heard(story, "mails", MAIL)
    _heard(story, "texts", PHONE)
    deliveries = story.owner.get(f"/incidents/{_incident(story)['id']}")["deliveries"]
    assert sorted((each["event"], each["kind"], each["address"]) for each in deliveries) == [
        ("down", "email", MAIL),
        ("down", "sms", PHONE),
        ("up", "email", MAIL),
        ("up", "sms", PHONE),
    ]
    assert {(each["state"], each["attempts"]) for each in deliveries} == {("sent", 1)}


def test_the_log_of_checks_says_what_the_site_answered_and_when(story: Story) -> None:
    checks = story.owner.all_of(f"/monitors/{story.monitor}/checks")
    times = [_time(check["checked_at"]) for check in checks]
    assert times == sorted(times, reverse=True)
    assert {check["outcome"] for check in checks} == {"up", "down"}
    for check, at in zip(checks, times, strict=True):
        if check["outcome"] == "down":
            assert story.failing_from - _LATE <= at <= story.failing_until
            assert (check["http_status"], check["cause"]) == (500, "status")
        else:
            assert at <= story.failing_from or at >= story.failing_until - _LATE
            assert (check["http_status"], check["cause"]) == (200, "none")
    only_down = story.owner.all_of(f"/monitors/{story.monitor}/checks", outcome="down")
    assert only_down == [check for check in checks if check["outcome"] == "down"]


def test_uptime_counts_exactly_the_seconds_of_the_incident_as_down(story: Story) -> None:
    incident = _incident(story)
    uptime = story.owner.get(f"/monitors/{story.monitor}/uptime")
    assert uptime["down_seconds"] == pytest.approx(_lasted(incident), abs=1)
    assert uptime["unknown_seconds"] == 0
    assert uptime["up_seconds"] + uptime["down_seconds"] == pytest.approx(
        uptime["monitored_seconds"], abs=0.01
    )
    assert 0 < uptime["percent"] < 100
    during = story.owner.get(
        f"/monitors/{story.monitor}/uptime",
        **{"from": incident["started_at"], "to": incident["ended_at"]},
    )
    assert (during["percent"], during["up_seconds"]) == (0, 0)


def test_latency_is_that_of_the_checks_that_passed(story: Story) -> None:
    span = {"from": _rfc3339(story.failing_from - 3600), "to": _rfc3339(story.failing_until)}
    passed = story.owner.all_of(f"/monitors/{story.monitor}/checks", outcome="up", **span)
    latency = story.owner.get(f"/monitors/{story.monitor}/latency", **span)
    totals = [check["timings"]["total"] for check in passed]
    assert latency["count"] == len(totals) > 0
    assert latency["min"] == pytest.approx(min(totals), abs=0.01)
    assert latency["max"] == pytest.approx(max(totals), abs=0.01)
    assert latency["min"] <= latency["p50"] <= latency["p95"] <= latency["max"]


def test_the_other_organization_sees_and_hears_nothing_of_it(story: Story) -> None:
    stranger = story.stranger
    assert [each["id"] for each in stranger.all_of("/monitors")] == [story.other_monitor]
    assert stranger.all_of("/incidents") == []
    assert {each["event"] for each in stranger.all_of("/deliveries")} == {"confirm"}
    for path in ("", "/checks", "/incidents", "/uptime", "/latency"):
        answer = stranger.ask("GET", f"/api/v1/monitors/{story.monitor}{path}")
        assert answer.status == 404
    incident = _incident(story)["id"]
    assert stranger.ask("GET", f"/api/v1/incidents/{incident}").status == 404
    assert _inbox(stranger, "mails", OTHER_MAIL) == []
    assert _inbox(stranger, "texts", OTHER_PHONE) == []


def test_the_monitor_of_the_other_organization_was_up_all_the_time(story: Story) -> None:
    checks = story.stranger.all_of(f"/monitors/{story.other_monitor}/checks")
    assert {check["outcome"] for check in checks} == {"up"}
    uptime = story.stranger.get(f"/monitors/{story.other_monitor}/uptime")
    assert (uptime["percent"], uptime["down_seconds"]) == (100, 0)


def _rfc3339(moment: float) -> str:
    return datetime.fromtimestamp(int(moment), UTC).isoformat().replace("+00:00", "Z")
