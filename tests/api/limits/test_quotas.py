"""Abuse 110 to 112: what one organization may have, how often it is checked, what one request causes."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from config.settings import Settings
from models import Delivery
from models.session import api_scope, database_now
from server.resources import Transactions
from services import quotas
from services.quotas import QUOTAS
from services.schedules import regions
from tests.api.applications import Applications
from tests.api.client import ApiClient, body_of
from tests.api.machines.callers import join
from tests.factories.exports import RECIPIENT
from tests.factories.one_of_each import Ids, one_of_each
from tests.factories.organizations import organization
from tests.factories.recipients import Holder

Limits = dict[str, int]
Request = tuple[str, dict[str, Any]]
SHOP = {"name": "Shop", "url": "https://shop.test/", "interval_seconds": 10, "timeout_seconds": 5}


@pytest.fixture
def limits() -> Limits:
    """Give the limits of the application, which a test may change between requests."""
    return {}


@pytest.fixture
def settings(settings: Settings, limits: Limits) -> Settings:
    return settings.model_copy(update={"limits": limits})


@pytest.fixture
def app(
    applications: Applications, settings: Settings, transaction: Transactions
) -> Iterator[Flask]:
    with applications.serving(settings, transaction) as app:
        yield app


def _layer(ids: Ids) -> dict[str, object]:
    start = "2026-01-05T09:00:00"
    turns = {"contact_ids": [ids["contact_id"]], "local_start": start}
    return {**turns, "handoff": {"kind": "daily"}}


def _holidays(ids: Ids) -> dict[str, object]:
    return {
        "contact_id": ids["contact_id"],
        "from": "2036-01-01T00:00:00Z",
        "to": "2036-01-02T00:00:00Z",
    }


_ROBOT = {"name": "Second", "scopes": ["monitor:read"]}
_SECOND: dict[str, Callable[[Ids], Request]] = {
    "monitors": lambda _: ("monitors", SHOP),
    "credentials": lambda _: (
        "credentials",
        {"name": "Second", "scheme": "bearer", "fields": {"token": "t-0123456789"}},
    ),
    "contacts": lambda _: ("contacts", {"name": "Bob", "channels": []}),
    "channels": lambda ids: (
        f"contacts/{ids['contact_id']}/channels",
        {"kind": "email", "address": "bob@example.test"},
    ),
    "contact_groups": lambda _: ("contact-groups", {"name": "Second", "contact_ids": []}),
    "escalation_policies": lambda ids: (
        "escalation-policies",
        {
            "name": "Second",
            "steps": [
                {"wait_minutes": 5, "targets": [{"kind": "contact", "id": ids["contact_id"]}]}
            ],
        },
    ),
    "on_call_schedules": lambda ids: (
        "on-call-schedules",
        {"name": "Second", "layers": [_layer(ids)]},
    ),
    "on_call_overrides": lambda ids: (
        f"on-call-schedules/{ids['schedule_id']}/overrides",
        _holidays(ids),
    ),
    "maintenance_windows": lambda ids: (
        "maintenance-windows",
        {"name": "Second", "monitor_ids": [ids["monitor_id"]], "duration_seconds": 3600},
    ),
    "slos": lambda ids: (
        "slos",
        {"name": "Second", "monitor_id": ids["monitor_id"], "target_percent": 99},
    ),
    "message_templates": lambda _: (
        "message-templates",
        {"event": "down", "kind": "email", "text": "Shop: {{ cause }}"},
    ),
    "event_subscriptions": lambda _: (
        "event-subscriptions",
        {"name": "Second", "url": "https://second.test/", "events": ["*"]},
    ),
    "recipients": lambda _: ("recipients", {"name": "Second", "jwk": Holder().public}),
    "exports_under_way": lambda _: (
        "exports",
        {"document": "checks", "format": "csv", "recipient": RECIPIENT},
    ),
    "test_runs_under_way": lambda ids: (f"monitors/{ids['monitor_id']}/check?test_run=true", {}),
    "teams": lambda _: ("teams", {"name": "Second"}),
    "projects": lambda _: ("projects", {"name": "Second"}),
    "custom_roles": lambda _: (
        "custom-roles",
        {"name": "Second", "permissions": ["incident:read"]},
    ),
    "domains": lambda _: ("domains", {"name": "second.test"}),
    "sso_connections": lambda _: (
        "sso-connections",
        {
            "name": "Second",
            "issuer": "https://idp.second.test",
            "client_id": "downtime",
            "client_secret": "a secret of the provider",
            "default_role": "viewer",
        },
    ),
    "invitations": lambda _: ("invitations", {"email": "bob@example.test", "role": "viewer"}),
    "api_keys": lambda _: ("api-keys", _ROBOT),
    "service_accounts": lambda _: ("service-accounts", {**_ROBOT, "scheme": "client_secret"}),
    "incident_notes": lambda ids: (f"incidents/{ids['incident_id']}/acknowledge", {}),
}
"""How to ask for one more of each, when there is one of everything."""

_NONE_YET = {"incident_notes"}
_BY_INVITATION = {"members"}
_BY_PUT = {"project_roles"}
"""`tests/isolation/test_projects.py` gives one too many."""
_ON_PAGES = {"saved_views"}
"""Only pages make these; tests/services/monitors/test_saved_views.py asks for one too many."""


@pytest.mark.abuse(110)
def test_abuse_110_each_quota_refuses_one_more_and_names_the_limit_and_the_use(
    client: ApiClient, session: Session, limits: Limits
) -> None:
    ids = one_of_each(client, session)
    assert set(_SECOND) | _BY_INVITATION | _ON_PAGES | _BY_PUT == set(QUOTAS)
    for name, request in _SECOND.items():
        used = 0 if name in _NONE_YET else 1
        limits[name] = used
        refused = client.post(*request(ids))
        assert refused.status_code == 409, (name, refused.text)
        detail = body_of(refused)["detail"]
        assert f"(limit `{name}`). It has {used}, and this request adds 1." in detail
        limits[name] = used + 1
        if name != "test_runs_under_way":  # One monitor has one trace anyway.
            allowed = client.post(*request(ids))
            assert allowed.status_code in {200, 201, 202}, (name, allowed.text)


@pytest.mark.abuse(110)
def test_abuse_110_an_invitation_is_no_way_past_the_limit_of_members(
    client: ApiClient, app: Flask, limits: Limits
) -> None:
    limits["members"] = 2
    join(client, app, "bob", "viewer")
    with pytest.raises(AssertionError, match="at most 2 members"):
        join(client, app, "cid", "viewer")
    assert len(client.read("members")["items"]) == 2


@pytest.mark.abuse(110)
def test_abuse_110_a_bulk_is_counted_as_what_it_makes(client: ApiClient, limits: Limits) -> None:
    limits["monitors"] = 3
    client.make_monitor()
    for mode in ("all", "each"):
        refused = client.post("monitors/bulk", {"mode": mode, "monitors": [SHOP] * 3})
        assert refused.status_code == 409
        assert "It has 1, and this request adds 3." in refused.text
    made = client.post("monitors/bulk", {"mode": "all", "monitors": [SHOP] * 2})
    assert made.status_code == 201
    client.delete(f"monitors/{body_of(made)['items'][0]['monitor']['id']}")
    client.make_monitor()


@pytest.mark.abuse(110)
def test_abuse_110_requests_that_come_at_once_do_not_exceed_a_limit_together(
    committed: Engine, applications: Applications, settings: Settings, limits: Limits
) -> None:
    del committed
    limits |= {"monitors": 5, "contacts": 5, "api_keys": 5}
    with applications.serving(settings, api_scope) as app:
        client = ApiClient(app).register("ada@example.test")
        for path, body in (
            ("monitors", SHOP),
            ("contacts", {"name": "Bob", "channels": []}),
            ("api-keys", _ROBOT),
        ):
            assert sorted(_at_once(app, client, path, body)) == [201] * 5 + [409] * 7, path


def _at_once(app: Flask, client: ApiClient, path: str, body: dict[str, Any]) -> list[int]:
    """Send a request twelve times from eight threads; return the statuses."""

    def send(_: int) -> int:
        own = ApiClient(app)
        own.token = client.token
        return own.post(path, body).status_code

    with ThreadPoolExecutor(8) as threads:
        return list(threads.map(send, range(12)))


@pytest.mark.abuse(111)
def test_abuse_111_monitors_are_checked_so_many_times_a_second_together(
    client: ApiClient, limits: Limits
) -> None:
    limits["checks_per_day"] = 86_400
    first = client.make_monitor(interval_seconds=5, timeout_seconds=4)  # 17,280
    client.make("monitors/bulk", mode="all", monitors=[SHOP] * 7)  # 60,480
    paused = client.make_monitor(interval_seconds=5, timeout_seconds=4, paused=True)
    refusals = [
        client.post("monitors", {**SHOP, "interval_seconds": 5, "timeout_seconds": 4}),
        client.post("monitors/bulk", {"mode": "all", "monitors": [SHOP] * 2}),
        client.post(f"monitors/{paused['id']}/resume"),
        client.patch(f"monitors/{paused['id']}", {"paused": False}),
    ]
    for refused in refusals:
        assert refused.status_code == 409, refused.text
        assert "at most 86400 checks a day (limit `checks_per_day`)" in refused.text
        assert "It has 77760, and this request adds 17280." in refused.text
    assert client.read(f"monitors/{paused['id']}")["paused"]
    client.make_monitor(**SHOP)
    slower = {"interval_seconds": 60}
    assert client.patch(f"monitors/{first['id']}", slower).status_code == 200
    faster = client.patch(f"monitors/{first['id']}", {"interval_seconds": 5})
    assert faster.status_code == 200
    assert client.patch(f"monitors/{first['id']}", {"name": "Till"}).status_code == 200


@pytest.mark.abuse(111)
def test_abuse_111_each_region_counts_and_heartbeats_do_not(
    client: ApiClient, limits: Limits
) -> None:
    limits["checks_per_day"] = 86_400
    made = client.make_monitor(interval_seconds=5, timeout_seconds=4)
    for _ in range(3):
        client.make(
            "monitors",
            name="Job",
            kind="heartbeat",
            settings={"period_seconds": 3600, "grace_seconds": 600},
        )
    limits["checks_per_day"] = 0
    # What there is may be checked less often, also above a limit that was lowered.
    slower = client.patch(f"monitors/{made['id']}", {"interval_seconds": 6, "timeout_seconds": 5})
    assert slower.status_code == 200
    assert (
        client.patch(
            f"monitors/{made['id']}", {"interval_seconds": 5, "timeout_seconds": 4}
        ).status_code
        == 409
    )


@pytest.mark.abuse(111)
def test_abuse_111_heartbeats_leave_all_checks_to_the_others(
    client: ApiClient, limits: Limits
) -> None:
    limits["checks_per_day"] = 86_400
    job = {"kind": "heartbeat", "settings": {"period_seconds": 3600, "grace_seconds": 600}}
    for _ in range(3):
        client.make("monitors", name="Job", **job)
    client.make("monitors/bulk", mode="all", monitors=[SHOP] * 10)
    assert client.post("monitors", SHOP).status_code == 409


@pytest.mark.abuse(111)
@pytest.mark.parametrize("path", ["resume", ""])
def test_abuse_111_a_monitor_of_two_regions_that_goes_on_asks_for_twice_as_much(
    client: ApiClient, limits: Limits, session: Session, path: str
) -> None:
    regions.register(session, "eu", now=database_now(session))
    limits["checks_per_day"] = 86_400
    two = client.make("monitors", **SHOP, regions=["default", "eu"], paused=True)
    client.make("monitors/bulk", mode="all", monitors=[SHOP] * 9)
    of_it = f"monitors/{two['id']}"
    refused = client.post(f"{of_it}/resume") if path else client.patch(of_it, {"paused": False})
    assert refused.status_code == 409, refused.text
    assert "this request adds 17280" in refused.text


@pytest.mark.abuse(111)
def test_abuse_111_changes_that_come_at_once_do_not_exceed_the_checks_together(
    committed: Engine, applications: Applications, settings: Settings, limits: Limits
) -> None:
    del committed
    with applications.serving(settings, api_scope) as app:
        client = ApiClient(app).register("ada@example.test")
        paused = [client.make("monitors", **SHOP, paused=True)["id"] for _ in range(12)]
        client.make("monitors/bulk", mode="all", monitors=[SHOP] * 5)
        limits["checks_per_day"] = 86_400
        wanted = [("monitors", SHOP), *((f"monitors/{each}/resume", None) for each in paused)]

        def send(number: int) -> int:
            own = ApiClient(app)
            own.token = client.token
            # Every second one is new, so that both ways meet.
            return own.post(*wanted[0 if number % 2 else 1 + number // 2]).status_code

        with ThreadPoolExecutor(8) as threads:
            statuses = list(threads.map(send, range(24)))
    assert [status < 300 for status in statuses].count(True) == 5


@pytest.mark.abuse(111)
def test_abuse_111_whoever_counts_checks_waits_for_who_is_about_to_add_some(
    committed: Engine,
) -> None:
    with Session(committed) as first, Session(committed) as second:
        owner = organization(first).id
        first.commit()
        quotas.take_checks(first, owner, 8_640)
        second.execute(text("SET LOCAL lock_timeout = 100"))
        with pytest.raises(OperationalError, match="lock timeout"):
            quotas.take_checks(second, owner, 8_640)


@pytest.mark.abuse(112)
def test_abuse_112_one_request_causes_so_many_messages_and_no_more(
    client: ApiClient, session: Session, limits: Limits
) -> None:
    limits["events_of_one_request"] = 9
    for number in range(3):
        hook = {"name": f"Hook {number}", "url": f"https://hook{number}.test/"}
        client.make("event-subscriptions", **hook, events=["monitor.*"])
    for mode in ("all", "each"):
        refused = client.post("monitors/bulk", {"mode": mode, "monitors": [SHOP] * 4})
        assert refused.status_code == 409
        detail = body_of(refused)["detail"]
        assert "at most 9 messages to event subscriptions (limit `events_of_one_request`)" in detail
        assert "12: 4 events for 3 subscriptions. Change at most 3 at a time." in detail
    assert session.scalars(select(Delivery.id)).all() == []
    assert client.read("monitors")["items"] == []
    client.make("monitors/bulk", mode="all", monitors=[SHOP] * 3)
    notified = session.scalars(select(Delivery).order_by(Delivery.id)).all()
    assert len(notified) == 9
    assert len({each.dedup_key for each in notified}) == 3
    assert all(each.facts["document"].count('"monitor.created"') == 1 for each in notified)
    limits["events_of_one_request"] = 1
    # A single thing is told to all who subscribed: nobody could ask for less.
    client.make_monitor()
