"""Regions over the API."""

from datetime import UTC, datetime

from sqlalchemy.orm import Session

from services.schedules import regions
from tests.api.client import ApiClient, body_of


def test_all_regions_are_listed_with_when_they_were_last_seen(
    client: ApiClient, session: Session
) -> None:
    regions.register(session, "north", now=datetime(2026, 11, 1, 12, tzinfo=UTC))
    session.commit()
    listed = {each["name"]: each["seen_at"] for each in client.read("regions")["items"]}
    assert listed["north"] == "2026-11-01T12:00:00.000Z"
    assert "default" in listed


def test_a_monitor_names_its_regions_and_shows_what_each_sees(
    client: ApiClient, session: Session
) -> None:
    regions.register(session, "north", now=datetime.now(UTC))
    session.commit()
    made = client.make_monitor(regions=["default", "north"], quorum=2)
    assert (made["regions"], made["quorum"]) == (["default", "north"], 2)
    shown = client.read(f"monitors/{made['id']}")
    assert [each["name"] for each in shown["region_states"]] == ["default", "north"]
    assert {each["state"] for each in shown["region_states"]} == {"pending"}
    changed = body_of(
        client.patch(f"monitors/{made['id']}", {"regions": ["north"], "quorum": None})
    )
    assert (changed["regions"], changed["region_states"]) == (["north"], [])


def test_a_region_that_is_not_there_is_named(client: ApiClient) -> None:
    refused = client.post(
        "monitors", {"name": "Shop", "url": "https://shop.test/", "regions": ["moon"]}
    )
    assert refused.status_code == 422
    assert "moon" in refused.get_data(as_text=True)


def test_a_window_smaller_than_the_confirmations_is_refused(client: ApiClient) -> None:
    values = {"name": "Shop", "url": "https://shop.test/"}
    refused = client.post("monitors", {**values, "confirmations": 3, "confirmation_window": 2})
    assert refused.status_code == 422
    assert "confirmation_window" in refused.get_data(as_text=True)


def test_more_confirmations_stay_consecutive(client: ApiClient) -> None:
    made = client.make_monitor()
    assert (made["confirmations"], made["confirmation_window"]) == (2, 2)
    changed = body_of(client.patch(f"monitors/{made['id']}", {"confirmations": 4}))
    assert (changed["confirmations"], changed["confirmation_window"]) == (4, 4)
