"""What runs out, and objectives, over the API."""

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.expiry import Subject
from models import Expiry, Monitor
from tests.api.client import ApiClient, body_of

ENDS = datetime(2027, 3, 1, 12, tzinfo=UTC)
SEEN = datetime(2026, 11, 24, 12, tzinfo=UTC)


def problems(client: ApiClient, **values: object) -> dict[str, Any]:
    response = client.post("monitors", {"name": "Shop", "url": "https://shop.test/", **values})
    assert response.status_code == 422, response.text
    errors: dict[str, Any] = body_of(response)["errors"]
    return errors


def test_a_monitor_shows_what_runs_out(client: ApiClient, session: Session) -> None:
    made = client.make_monitor()
    assert made["expiries"] == []
    monitor = session.scalars(select(Monitor)).one()
    session.add(
        Expiry(
            monitor_id=monitor.id,
            organization_id=monitor.organization_id,
            subject=Subject.CERTIFICATE,
            expires_at=ENDS,
            identity="ab12",
            seen_at=SEEN,
        )
    )
    session.commit()
    seen = {
        "subject": "certificate",
        "expires_at": "2027-03-01T12:00:00.000Z",
        "seen_at": "2026-11-24T12:00:00.000Z",
        "identity": "ab12",
    }
    assert client.read(f"monitors/{made['id']}")["expiries"] == [seen]
    assert client.read("monitors")["items"][0]["expiries"] == [seen]


def test_thresholds_have_usual_values_and_are_kept_in_order(client: ApiClient) -> None:
    made = client.make_monitor()
    assert made["expiry_days"] == [30, 14, 7, 3, 1]
    path = f"monitors/{made['id']}"
    changed = body_of(client.patch(path, {"expiry_days": [2, 60, 2]}))
    assert changed["expiry_days"] == [60, 2]
    assert body_of(client.patch(path, {"expiry_days": []}))["expiry_days"] == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("expiry_days", [0]),
        ("expiry_days", [366]),
        ("expiry_days", ["7"]),
        ("expiry_days", list(range(1, 12))),
    ],
)
def test_what_cannot_be_taken_is_named(client: ApiClient, field: str, value: object) -> None:
    assert {name.partition(".")[0] for name in problems(client, **{field: value})} == {field}
