"""Events of the billing provider, and what an organization sees of its subscription."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from flask import Flask
from pydantic import SecretStr
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from config.plans import Plan, Plans
from config.settings import Settings
from models import BillingAccount, Organization
from server.resources import Transactions
from services.billing import accounts
from tests.api.applications import Applications
from tests.api.client import ApiClient, body_of
from tests.api.machines.callers import join
from tests.services.billing.test_stripe import PAYLOAD, signed

PLANS = Plans(
    default="free",
    plans={"free": Plan(name="Free"), "team": Plan(name="Team", price="price_team")},
)


@pytest.fixture
def settings(settings: Settings) -> Settings:
    sold = {"billing": "stripe", "plans": PLANS, "stripe_url": "http://127.0.0.1:9"}
    secrets = {"stripe_webhook_secrets": SecretStr("whsec_new whsec_old")}
    return settings.model_copy(update={**sold, **secrets})


@pytest.fixture
def app(
    applications: Applications, settings: Settings, transaction: Transactions
) -> Iterator[Flask]:
    with applications.serving(settings, transaction) as app:
        yield app


@pytest.fixture
def account(client: ApiClient, session: Session) -> BillingAccount:
    public_id = UUID(client.read("me")["organization"]["id"])
    owner = session.scalars(select(Organization).filter_by(public_id=public_id)).one()
    row = accounts.begin(session, owner.id, "cus_1", now=datetime(2026, 1, 1, tzinfo=UTC))
    session.commit()
    return row


def send(app: Flask, signature: str, payload: bytes = PAYLOAD) -> TestResponse:
    return ApiClient(app).send(
        "POST",
        "billing/events",
        data=payload,
        headers={"Stripe-Signature": signature, "Content-Type": "application/json"},
    )


def test_a_signed_event_asks_for_a_reading_however_often_it_comes(
    app: Flask, session: Session, account: BillingAccount
) -> None:
    before = account.asked_at
    for secret in ("whsec_new", "whsec_old", "whsec_new"):
        assert send(app, signed(PAYLOAD, secret, datetime.now(UTC))).status_code == 204
    session.expire_all()
    assert account.asked_at > before
    assert account.status == "none", "no event is believed by itself"


def test_a_forged_or_old_event_is_refused_and_changes_nothing(
    app: Flask, session: Session, account: BillingAccount
) -> None:
    before = account.asked_at
    now = datetime.now(UTC)
    for signature in (
        "",
        signed(PAYLOAD, "whsec_forged", now),
        signed(PAYLOAD, "whsec_new", now - timedelta(minutes=6)),
    ):
        assert send(app, signature).status_code == 400
    session.expire_all()
    assert account.asked_at == before


def test_an_event_of_an_unknown_customer_is_taken_and_ignored(app: Flask) -> None:
    assert send(app, signed(PAYLOAD, "whsec_new", datetime.now(UTC))).status_code == 204


def test_the_subscription_is_shown_to_those_who_pay(
    app: Flask, client: ApiClient, account: BillingAccount
) -> None:
    assert account.customer
    shown = client.read("organization/billing")
    assert shown["status"] == "none"
    assert shown["offers"] == [{"plan": "team", "name": "Team"}]
    viewer = join(client, app, "bob", "viewer")
    assert viewer.get("organization/billing").status_code == 403
    assert viewer.post("organization/billing/portal", {}).status_code == 403


def test_a_provider_that_is_away_is_said_to_be_and_nothing_is_stored(
    client: ApiClient, session: Session
) -> None:
    refused = client.post("organization/billing/checkout", {"plan": "team"})
    assert refused.status_code == 502
    assert "billing provider failed" in body_of(refused)["detail"]
    assert session.scalars(select(BillingAccount)).all() == []
    unknown = client.post("organization/billing/checkout", {"plan": "free"})
    assert unknown.status_code == 422
