"""Answers that go out encrypted: to whom asked for it, or to everybody, and never less."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from domain.evaluation.outcome import Outcome
from models import Incident, Monitor, Recipient
from security.jwt.jose import LARGEST, MEDIA_TYPE
from tests.api.client import ApiClient, body_of
from tests.factories import monitors as make
from tests.factories.recipients import KINDS, Holder

START = int(datetime.now(UTC).timestamp()) - 7200
JOSE = {"Accept": MEDIA_TYPE}


@pytest.fixture
def monitor(client: ApiClient, session: Session) -> Monitor:
    client.make_monitor(name="Naïve shop")
    row = session.scalars(select(Monitor)).one()
    row.created_at = make.at(START)
    make.check(session, row, START, Outcome.DOWN, detail="Answered 500.")
    make.incident(session, row, started_at=make.at(START), ended_at=make.at(START + 60))
    session.commit()
    return row


@pytest.fixture
def jwks(app: Flask) -> dict[str, Any]:
    found: dict[str, Any] = app.extensions["downtime"].tokens.keys().as_jwks()
    return found


def paths(monitor: Monitor, session: Session) -> list[str]:
    """List all that tells history."""
    of = f"monitors/{monitor.public_id}"
    moment = make.at(START).isoformat().replace("+00:00", "Z")
    incident = session.scalars(select(Incident.public_id)).one()
    return [
        *(
            f"{of}/{what}"
            for what in ("checks", "incidents", "pings", "uptime", "latency", "analysis")
        ),
        f"{of}/checks/{moment}",
        "incidents",
        f"incidents/{incident}",
        "analysis",
    ]


def ask(client: ApiClient, path: str, **options: Any) -> TestResponse:  # noqa: ANN401 - werkzeug's
    return client.send("GET", path, **options)


def is_problem(response: TestResponse, status: int) -> bool:
    """Tell whether it is a problem that holds nothing of the monitor."""
    assert response.content_type == "application/problem+json", response.content_type
    assert "shop" not in response.text
    return response.status_code == status


@pytest.mark.parametrize("kind", KINDS)
def test_an_encrypted_answer_is_the_plain_one(
    client: ApiClient, monitor: Monitor, jwks: dict[str, Any], kind: str
) -> None:
    holder = Holder(kind)
    to = holder.register(client)
    path = f"monitors/{monitor.public_id}/uptime"
    query = {"from": "2026-01-01T00:00:00Z", "to": "2026-01-02T00:00:00Z"}
    response = ask(client, path, query_string=query, headers=JOSE)
    assert (response.status_code, response.content_type) == (200, MEDIA_TYPE)
    assert response.headers["Cache-Control"] == "no-store"
    assert {"Accept", "X-Recipient"} <= set(response.vary)
    claims = holder.read(response.text, jwks)
    assert claims["answer"] == client.read(path, **query)
    assert claims["aud"] == to["id"]
    assert claims["org"] == client.read("me")["organization"]["id"]
    assert claims["path"] == f"/api/v1/{path}?{urlencode(query, safe=':')}"


def test_every_history_can_be_encrypted(
    client: ApiClient, session: Session, monitor: Monitor, jwks: dict[str, Any]
) -> None:
    holder = Holder()
    holder.register(client)
    for path in paths(monitor, session):
        response = ask(client, path, headers=JOSE)
        assert response.content_type == MEDIA_TYPE, path
        # A tag of what was encrypted would tell who guesses it that they guess right.
        assert "ETag" not in response.headers
        assert holder.read(response.text, jwks)["answer"].keys() == client.read(path).keys()


def test_an_organization_that_requires_it_hears_nothing_in_the_clear(
    client: ApiClient, session: Session, monitor: Monitor, jwks: dict[str, Any]
) -> None:
    holder = Holder()
    holder.register(client)
    changed = body_of(client.patch("organization", {"require_encryption": True}))
    assert changed["require_encryption"] is True
    for path in paths(monitor, session):
        response = ask(client, path, headers={"Accept": "application/json"})
        assert response.content_type == MEDIA_TYPE, path
        assert holder.read(response.text, jwks)["answer"]
    client.patch("organization", {"require_encryption": False})
    assert "items" in client.read("incidents")


def test_one_of_several_recipients_is_named(client: ApiClient, jwks: dict[str, Any]) -> None:
    holders = [Holder(), Holder("RSA")]
    first, second = (holder.register(client) for holder in holders)
    several = ask(client, "analysis", headers=JOSE)
    assert is_problem(several, 409)
    by_header = ask(client, "analysis", headers={"X-Recipient": first["id"]})
    assert holders[0].read(by_header.text, jwks)["aud"] == first["id"]
    by_query = ask(client, f"analysis?recipient={second['id']}")
    assert holders[1].read(by_query.text, jwks)["aud"] == second["id"]


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("*/*", "application/json"),
        ("application/json, application/jose;q=0.5", "application/json"),
        ("application/jose, application/json;q=0.5", MEDIA_TYPE),
        ("text/html", "application/json"),
    ],
)
def test_what_is_liked_better_is_answered(client: ApiClient, accept: str, expected: str) -> None:
    Holder().register(client)
    response = ask(client, "analysis", headers={"Accept": accept})
    assert response.content_type == expected


def test_pages_become_smaller_and_lose_nothing(
    client: ApiClient, session: Session, monitor: Monitor, jwks: dict[str, Any]
) -> None:
    for second in range(1, 150):
        make.check(session, monitor, START + second, Outcome.DOWN, detail=f"{second} " + "ö" * 300)
    session.commit()
    holder = Holder()
    holder.register(client)
    seen: list[str] = []
    sizes: list[int] = []
    query: dict[str, str] = {}
    while True:
        path = f"monitors/{monitor.public_id}/checks"
        response = ask(client, path, query_string={"limit": "200", **query}, headers=JOSE)
        page = holder.read(response.text, jwks)["answer"]
        sizes.append(len(holder.open(response.text)) * 3 // 4)
        seen += [check["checked_at"] for check in page["items"]]
        if page["next_cursor"] is None:
            break
        query = {"cursor": page["next_cursor"]}
    assert len(seen) == len(set(seen)) == 150
    assert seen == sorted(seen, reverse=True)
    assert max(sizes) < LARGEST + 500
    assert len(sizes) == 4


def test_what_is_too_large_and_cannot_be_cut_is_refused(
    client: ApiClient, session: Session, monitor: Monitor
) -> None:
    make.check(session, monitor, START + 60, Outcome.DOWN, detail="shop" * LARGEST)
    session.commit()
    Holder().register(client)
    assert is_problem(
        ask(client, f"monitors/{monitor.public_id}/checks?limit=1", headers=JOSE), 413
    )
    moment = make.at(START + 60).isoformat().replace("+00:00", "Z")
    path = f"monitors/{monitor.public_id}/checks/{moment}"
    assert is_problem(ask(client, path, headers=JOSE), 413)


@pytest.mark.abuse(54)
def test_abuse_54_without_an_active_recipient_there_is_no_answer(
    client: ApiClient, session: Session, monitor: Monitor
) -> None:
    client.make("recipients", name="Pending", jwk=Holder().public)
    for path in paths(monitor, session):
        assert is_problem(ask(client, path, headers=JOSE), 409), path


def _retire(client: ApiClient, session: Session, recipient_id: str) -> None:
    del session
    client.post(f"recipients/{recipient_id}/retire")


def _delete(client: ApiClient, session: Session, recipient_id: str) -> None:
    del session
    client.delete(f"recipients/{recipient_id}")


def _expire(client: ApiClient, session: Session, recipient_id: str) -> None:
    del client, recipient_id
    session.execute(update(Recipient).values(expires_at=datetime.now(UTC) - timedelta(seconds=1)))
    session.commit()


@pytest.mark.abuse(54)
@pytest.mark.parametrize("lose", [_retire, _delete, _expire])
def test_abuse_54_an_organization_that_requires_it_loses_its_last_key(
    client: ApiClient,
    session: Session,
    monitor: Monitor,
    lose: Callable[[ApiClient, Session, str], None],
) -> None:
    made = Holder().register(client)
    client.patch("organization", {"require_encryption": True})
    lose(client, session, made["id"])
    for path in paths(monitor, session):
        for headers in ({}, JOSE, {"Accept": "application/json"}):
            assert is_problem(ask(client, path, headers=headers), 409), path


@pytest.mark.abuse(54)
def test_abuse_54_a_recipient_that_is_not_there_or_not_ours_is_none(
    client: ApiClient, stranger: ApiClient
) -> None:
    Holder().register(client)
    theirs = Holder().register(stranger)
    for named in (theirs["id"], "00000000-0000-0000-0000-000000000000", "latest"):
        response = ask(client, "analysis", headers={"X-Recipient": named})
        assert is_problem(response, 422)
        assert list(body_of(response)["errors"]) == ["recipient"]
        assert is_problem(ask(client, f"analysis?recipient={named}"), 422)


@pytest.mark.abuse(54)
def test_abuse_54_a_retired_recipient_that_is_named_is_not_replaced_by_another(
    client: ApiClient,
) -> None:
    old = Holder().register(client)
    Holder().register(client)
    client.post(f"recipients/{old['id']}/retire")
    assert is_problem(ask(client, "analysis", headers={"X-Recipient": old["id"]}), 409)


def test_encryption_cannot_be_required_before_anybody_could_read_an_answer(
    client: ApiClient,
) -> None:
    response = client.patch("organization", {"require_encryption": True})
    assert response.status_code == 409
    assert list(body_of(response)["errors"]) == ["require_encryption"]
    assert client.read("organization")["require_encryption"] is False


def test_errors_are_problems_in_the_clear(client: ApiClient, monitor: Monitor) -> None:
    Holder().register(client)
    of = f"monitors/{monitor.public_id}"
    assert is_problem(ask(client, f"{of}/uptime?from=yesterday", headers=JOSE), 422)
    assert is_problem(ask(client, f"{of}/checks?cursor=x", headers=JOSE), 422)
    nowhere = "monitors/00000000-0000-0000-0000-000000000000/uptime"
    assert is_problem(ask(client, nowhere, headers=JOSE), 404)


def test_the_document_says_where_answers_can_be_encrypted(anybody: ApiClient) -> None:
    spec = anybody.read("/api/openapi.json")
    shown = spec["paths"]["/api/v1/monitors/{monitor_id}/uptime"]["get"]
    assert set(shown["responses"]["200"]["content"]) == {"application/json", MEDIA_TYPE}
    assert {"409", "413"} <= shown["responses"].keys()
    named = {each["name"] for each in shown["parameters"] if "name" in each}
    assert {"recipient", "X-Recipient", "from", "to"} <= named
