"""Rotations over the API have an end that whoever asks for one can choose."""

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import ApiKey
from services.operations import retention
from tests.api.client import ApiClient, body_of
from tests.api.machines.callers import new_key, with_token

SECRET, NEW_SECRET = (f"whsec_{content * 32}" for content in "ab")
HOOK = {"url": "https://hooks.example/in", "secret": SECRET}
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)


def until(shown: dict[str, object]) -> timedelta:
    """Return for how long from now on former secrets are good."""
    return datetime.fromisoformat(str(shown["previous_until"])) - datetime.now(UTC)


@pytest.mark.parametrize(("given", "least"), [({}, DAY), ({"overlap_seconds": 7200}, 120 * MINUTE)])
def test_a_secret_of_a_channel_that_is_replaced_ends(
    client: ApiClient, given: dict[str, int], least: timedelta
) -> None:
    channel = {"kind": "webhook", "settings": HOOK}
    contact = client.make("contacts", name="Ada", channels=[channel])
    path = f"contacts/{contact['id']}/channels/{contact['channels'][0]['id']}"
    assert client.read(path)["previous_until"] is None
    shown = body_of(client.patch(path, {"settings": {"secret": NEW_SECRET}, **given}))
    assert least - MINUTE < until(shown) <= least
    ended = body_of(client.patch(path, {"settings": {"old_secret": None}}))
    assert ended["previous_until"] is None


@pytest.mark.parametrize(("query", "least"), [("", DAY), ("?overlap_seconds=600", 10 * MINUTE)])
def test_a_rotation_of_a_subscription_ends(client: ApiClient, query: str, least: timedelta) -> None:
    made = client.make("event-subscriptions", name="CI", url=HOOK["url"], events=["*"])
    assert made["previous_until"] is None
    path = f"event-subscriptions/{made['id']}/rotate"
    assert least - MINUTE < until(body_of(client.post(f"{path}{query}"))) <= least
    assert body_of(client.delete(path))["previous_until"] is None


@pytest.mark.parametrize("seconds", ["-1", "604801", "soon"])
def test_an_overlap_is_a_week_at_most(client: ApiClient, seconds: str) -> None:
    made = client.make("event-subscriptions", name="CI", url=HOOK["url"], events=["*"])
    path = f"event-subscriptions/{made['id']}/rotate?overlap_seconds={seconds}"
    assert list(body_of(client.post(path))["errors"]) == ["overlap_seconds"]


def test_housekeeping_deletes_the_former_secret_of_a_key_and_leaves_the_new_one(
    app: Flask, client: ApiClient, session: Session
) -> None:
    first = new_key(client)
    path = f"api-keys/{first['id']}"
    second = body_of(client.post(f"{path}/rotate", {"overlap_seconds": 60}))
    before = client.read(path)
    retention.forget_machine_secrets(session, now=datetime.now(UTC))
    session.commit()
    assert client.read(path) == before
    retention.forget_machine_secrets(session, now=datetime.now(UTC) + MINUTE)
    session.commit()
    assert session.scalars(select(ApiKey.previous_hash)).all() == [None]
    assert client.read(path) == {**before, "previous_until": None}
    assert with_token(app, first["key"]).get("monitors").status_code == 401
    assert with_token(app, second["key"]).get("monitors").status_code == 200
