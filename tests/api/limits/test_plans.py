"""The plan of an organization: what it allows, who may see it, and fifty at the last place."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from config.plans import Plan, Plans
from config.settings import Settings
from domain.plans.standing import Standing
from models import Organization
from models.session import api_scope
from server.resources import Transactions
from services.plans import changes, terms
from tests.api.applications import Applications
from tests.api.client import ApiClient, body_of
from tests.services.outage import NOW

SHOP = {"name": "Shop", "url": "https://shop.test/"}
FREE = Plan(
    name="Free",
    limits={
        "monitors": 5,
        "shortest_interval_seconds": 60,
        "regions": 1,
        "kind_tcp": 0,
        "voice": 0,
    },
)
PLANS = Plans(default="free", plans={"free": FREE, "team": Plan(name="Team")})


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"plans": PLANS})


@pytest.fixture
def app(
    applications: Applications, settings: Settings, transaction: Transactions
) -> Iterator[Flask]:
    with applications.serving(settings, transaction) as app:
        yield app


def organization_of(session: Session, client: ApiClient) -> Organization:
    public_id = client.read("me")["organization"]["id"]
    return session.scalars(select(Organization).filter_by(public_id=public_id)).one()


def test_the_plan_is_shown_with_what_is_used(client: ApiClient, stranger: ApiClient) -> None:
    client.make_monitor()
    shown = client.read("organization/plan")
    monitors = next(each for each in shown["limits"] if each["name"] == "monitors")
    assert (shown["plan"], shown["standing"]) == ("free", "active")
    assert monitors == {"name": "monitors", "allowed": 5, "used": 1}
    assert shown["features"]["voice"] is False
    theirs = stranger.read("organization/plan")["limits"]
    assert next(each for each in theirs if each["name"] == "monitors")["used"] == 0


def test_a_limit_of_the_plan_is_refused_with_limit_use_and_plan(client: ApiClient) -> None:
    client.make("monitors/bulk", mode="all", monitors=[SHOP] * 5)
    refused = client.post("monitors", SHOP)
    body = body_of(refused)
    assert refused.status_code == 409
    assert {name: body[name] for name in ("limit", "allowed", "used", "plan")} == {
        "limit": "monitors",
        "allowed": 5,
        "used": 5,
        "plan": "free",
    }


@pytest.mark.parametrize(
    ("values", "limit"),
    [
        ({"interval_seconds": 30}, "shortest_interval_seconds"),
        ({"kind": "tcp", "url": "tcp://shop.test:443"}, "kind_tcp"),
    ],
    ids=["interval", "kind"],
)
def test_what_the_plan_does_not_include_is_refused(
    client: ApiClient, values: dict[str, Any], limit: str
) -> None:
    refused = client.post("monitors", {**SHOP, **values})
    assert (refused.status_code, body_of(refused)["limit"]) == (409, limit)
    many = client.post("monitors/bulk", {"mode": "all", "monitors": [SHOP, {**SHOP, **values}]})
    assert (many.status_code, body_of(many)["limit"]) == (409, limit)
    assert client.read("monitors")["items"] == []


def test_what_a_monitor_has_it_keeps_under_a_smaller_plan(
    client: ApiClient, session: Session
) -> None:
    terms.offer(session, {}, PLANS)
    owner = organization_of(session, client)
    changes.set_plan(session, owner.id, "team", now=NOW)
    session.commit()
    made = client.make_monitor(interval_seconds=30)
    changes.set_plan(session, owner.id, None, now=NOW)
    session.commit()
    path = f"monitors/{made['id']}"
    assert client.patch(path, {"name": "Till"}).status_code == 200
    assert client.patch(path, {"interval_seconds": 40}).status_code == 200
    assert body_of(client.patch(path, {"interval_seconds": 35}))["limit"] == (
        "shortest_interval_seconds"
    )


def test_calls_are_refused_if_the_plan_has_none(client: ApiClient) -> None:
    contact = client.make("contacts", name="Bob", channels=[])
    channel = {"kind": "voice", "address": "+4930123456"}
    refused = client.post(f"contacts/{contact['id']}/channels", channel)
    assert (refused.status_code, body_of(refused)["limit"]) == (409, "voice")


def test_without_payment_everything_is_read_and_nothing_changed(
    client: ApiClient, session: Session
) -> None:
    made = client.make_monitor()
    owner = organization_of(session, client)
    changes.set_standing(session, owner.id, Standing.RESTRICTED, now=NOW)
    session.commit()
    assert client.read(f"monitors/{made['id']}")["name"] == "Shop"
    refused = client.patch(f"monitors/{made['id']}", {"name": "Till"})
    assert refused.status_code == 402
    assert "Payment is overdue" in body_of(refused)["detail"]
    changes.set_standing(session, owner.id, Standing.SUSPENDED, now=NOW)
    session.commit()
    refused = client.get(f"monitors/{made['id']}")
    assert refused.status_code == 403
    assert "suspended" in body_of(refused)["detail"]
    assert client.get("me").status_code == 200


def test_fifty_creations_at_once_end_at_exactly_the_limit(
    committed: Engine, applications: Applications, settings: Settings
) -> None:
    del committed
    with applications.serving(settings, api_scope) as app:
        client = ApiClient(app).register("ada@example.test")
        client.make("monitors/bulk", mode="all", monitors=[SHOP] * 4)

        def send(_: int) -> int:
            own = ApiClient(app)
            own.token = client.token
            return own.post("monitors", SHOP).status_code

        with ThreadPoolExecutor(50) as threads:
            statuses = list(threads.map(send, range(50)))
        used = len(client.read("monitors")["items"])
    assert used == 5
    assert statuses.count(201) == 1
    assert set(statuses) <= {201, 409, 503}
