"""`/api/v1/exports`: what is asked for, made, downloaded and deleted, as an organization sees it."""

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from celery import Celery
from flask import Flask
from jsonschema import Draft202012Validator
from redis import Redis
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from domain.evaluation.outcome import Cause, Outcome
from models import Export, Monitor, Schedule
from models.session import database_now
from server.resources import Transactions
from tests.api.client import ApiClient, body_of
from tests.factories import exports as make
from tests.factories import monitors

pytestmark = pytest.mark.usefixtures("celery")

DOCUMENTS = ("checks", "incidents", "daily")


@pytest.fixture
def monitor(client: ApiClient, session: Session) -> Monitor:
    """Give a monitor with ten checks, two of them down, and an incident."""
    client.make_monitor(name="=Shop")
    row = session.scalars(select(Monitor)).one()
    now = int(database_now(session).timestamp())
    # It was watched before now.
    session.execute(update(Schedule).values(from_slot=now - 2000))
    for number in range(10):
        down = number in {3, 4}
        monitors.check(
            session,
            row,
            now - 1000 + number * 60,
            Outcome.DOWN if down else Outcome.UP,
            detail='Answered "500", see below;\r\nno more.' if down else "",
            cause=Cause.STATUS if down else Cause.NONE,
            http_status=500 if down else 200,
        )
    monitors.incident(
        session, row, started_at=monitors.at(now - 820), ended_at=monitors.at(now - 700)
    )
    session.commit()
    return row


def schema_of(client: ApiClient, document: str) -> dict[str, Any]:
    return body_of(client.get(f"schemas/export.{document}.v1"))


def test_an_export_is_accepted_handed_over_and_its_address_told(
    client: ApiClient, redis: Redis
) -> None:
    response = make.ask(client)
    assert response.status_code == 202
    export = body_of(response)
    assert response.headers["Location"] == f"/api/v1/exports/{export['id']}"
    assert response.headers["Retry-After"] == "2"
    assert (export["state"], export["progress"], export["rows"]) == ("pending", 0.0, 0)
    assert client.read(f"exports/{export['id']}") == export
    [raw] = redis.lrange("q.exports", 0, -1)
    message = json.loads(raw)
    assert message["headers"]["task"] == "exports.run"
    assert make.RECIPIENT not in str(raw)


def test_checks_come_out_as_they_went_in(
    client: ApiClient, transaction: Transactions, monitor: Monitor
) -> None:
    export = make.made(client, transaction)
    assert (export["state"], export["progress"], export["rows"]) == ("done", 1.0, 10)
    rows = make.rows_of(make.opened(client, export))
    assert [row["outcome"] for row in rows] == ["up"] * 3 + ["down"] * 2 + ["up"] * 5
    assert rows[3] == {
        "monitor_id": str(monitor.public_id),
        "monitor_name": "=Shop",
        "checked_at": rows[3]["checked_at"],
        "region": "default",
        "outcome": "down",
        "cause": "status",
        "detail": 'Answered "500", see below;\r\nno more.',
        "http_status": 500,
        "lateness_ms": 0,
        "dns_ms": 1,
        "connect_ms": 2,
        "tls_ms": 3,
        "first_byte_ms": 15,
        "total_ms": 20.0,
    }
    assert rows == sorted(rows, key=lambda row: row["checked_at"])


@pytest.mark.parametrize("document", DOCUMENTS)
@pytest.mark.usefixtures("monitor")
def test_every_row_is_what_its_schema_says(
    client: ApiClient, transaction: Transactions, document: str
) -> None:
    validator = Draft202012Validator(schema_of(client, document))
    until = {"to": datetime.now(UTC).isoformat()}
    export = make.made(client, transaction, document=document, **until)
    rows = make.rows_of(make.opened(client, export))
    assert rows
    for row in rows:
        validator.validate(row)
        assert list(row) == list(schema_of(client, document)["properties"])
    whole = make.made(client, transaction, document=document, format="json", **until)
    assert json.loads(make.opened(client, whole)) == rows


@pytest.mark.parametrize("document", DOCUMENTS)
@pytest.mark.usefixtures("monitor")
def test_parquet_has_the_same_rows_with_their_types(
    client: ApiClient, transaction: Transactions, document: str
) -> None:
    from pyarrow import parquet  # noqa: PLC0415 - takes a while

    until = {"to": datetime.now(UTC).isoformat()}
    text = make.made(client, transaction, document=document, **until)
    rows = make.rows_of(make.opened(client, text))
    export = make.made(client, transaction, document=document, format="parquet", **until)
    table = parquet.read_table(io.BytesIO(make.opened(client, export)))
    assert table.schema.metadata[b"schema"].decode() == f"export.{document}.v1"
    assert [plain(row) for row in table.to_pylist()] == rows


def plain(row: dict[str, Any]) -> dict[str, Any]:
    """Write moments and days as JSON does."""
    made = {}
    for name, value in row.items():
        if isinstance(value, datetime):
            text = value.astimezone(UTC).isoformat(timespec="milliseconds")
            made[name] = text.replace("+00:00", "Z")
        else:
            made[name] = value.isoformat() if hasattr(value, "isoformat") else value
    return made


@pytest.mark.abuse(57)
@pytest.mark.usefixtures("monitor")
def test_abuse_57_no_cell_of_a_spreadsheet_is_a_formula(
    client: ApiClient, transaction: Transactions
) -> None:
    export = make.made(client, transaction, format="csv")
    text = make.opened(client, export).decode()
    assert text.startswith('"monitor_id","monitor_name","checked_at",')
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert {row["monitor_name"] for row in rows} == {"'=Shop"}
    assert rows[3]["detail"] == 'Answered "500", see below;\r\nno more.'
    assert (rows[3]["http_status"], rows[3]["total_ms"]) == ("500", "20.0")


def test_an_export_of_nothing_is_a_file_without_rows(
    client: ApiClient, transaction: Transactions
) -> None:
    export = make.made(client, transaction, format="json")
    assert (export["state"], export["rows"]) == ("done", 0)
    assert json.loads(make.opened(client, export)) == []


@pytest.mark.usefixtures("monitor")
def test_only_the_monitors_that_were_named_are_in_it(
    client: ApiClient, transaction: Transactions
) -> None:
    other = client.make_monitor(name="Other")
    export = make.made(client, transaction, monitor_ids=[other["id"]])
    assert export["rows"] == 0


@pytest.mark.usefixtures("monitor")
def test_only_the_time_that_was_asked_for_is_in_it(
    client: ApiClient, transaction: Transactions
) -> None:
    everything = make.rows_of(make.opened(client, make.made(client, transaction)))
    start, end = everything[2]["checked_at"], everything[5]["checked_at"]
    export = make.made(client, transaction, **{"from": start, "to": end})
    assert make.rows_of(make.opened(client, export)) == everything[2:5]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("document", "monitors"),
        ("format", "xlsx"),
        ("container", "zip"),
        ("recipient", "age1qqqq"),
        ("recipient", make.RECIPIENT[:-1] + ("q" if make.RECIPIENT[-1] != "q" else "p")),
        # A point of low order, to which everybody knows the secret.
        ("recipient", "age1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq5cu47z"),
        ("recipient", str(make.IDENTITY)),
        ("monitor_ids", []),
        ("monitor_ids", ["6a1a5c0e-0000-4000-8000-000000000000"]),
        ("from", "2036-01-01T00:00:00Z"),
        ("organization_id", 1),
    ],
    # Keys are made anew for each process that collects.
    ids=lambda value: "key" if len(str(value)) > 40 else None,
)
def test_what_cannot_be_exported_is_refused_by_the_name_of_the_field(
    client: ApiClient, field: str, value: object
) -> None:
    response = make.ask(client, **{field: value})
    assert response.status_code == 422
    assert list(body_of(response)["errors"]) == [field]
    assert str(make.IDENTITY) not in response.text


def test_nothing_is_exported_without_a_recipient(client: ApiClient) -> None:
    response = client.post("exports", {"document": "checks", "format": "csv"})
    assert (response.status_code, list(body_of(response)["errors"])) == (422, ["recipient"])
    assert client.read("exports")["items"] == []


def test_a_fourth_at_once_is_refused(client: ApiClient) -> None:
    assert [make.ask(client).status_code for _ in range(4)] == [202, 202, 202, 409]


def test_an_eleventh_in_an_hour_is_refused_also_if_others_were_deleted(
    client: ApiClient, session: Session
) -> None:
    for _ in range(10):
        export = body_of(make.ask(client))
        assert client.delete(f"exports/{export['id']}").status_code == 204
    response = make.ask(client)
    assert response.status_code == 429
    assert 3500 < int(response.headers["Retry-After"]) <= 3600
    session.execute(update(Export).values(requested_at=Export.requested_at - timedelta(hours=1)))
    session.commit()
    assert make.ask(client).status_code == 202


def test_exports_are_listed_page_by_page_the_newest_first(client: ApiClient) -> None:
    ids = [body_of(make.ask(client))["id"] for _ in range(3)]
    first = client.read("exports", limit=2)
    second = client.read("exports", limit=2, cursor=first["next_cursor"])
    assert [each["id"] for each in (*first["items"], *second["items"])] == ids[::-1]


def test_a_stranger_sees_nothing_of_it(
    client: ApiClient, stranger: ApiClient, transaction: Transactions, app: Flask
) -> None:
    export = make.made(client, transaction)
    assert stranger.read("exports")["items"] == []
    for response in (
        stranger.get(f"exports/{export['id']}"),
        stranger.post(f"exports/{export['id']}/links"),
        stranger.delete(f"exports/{export['id']}"),
    ):
        assert response.status_code == 404
    assert make.ask(stranger, monitor_ids=[client.make_monitor()["id"]]).status_code == 422
    assert ApiClient(app).get(f"exports/{export['id']}").status_code == 401


def test_the_schemas_are_open_and_are_schemas(client: ApiClient) -> None:
    client.token = None
    listed = client.read("schemas")["items"]
    assert {each["name"] for each in listed} >= {
        *(f"export.{document}.v1" for document in DOCUMENTS),
        "export.manifest.v1",
    }
    for each in listed:
        response = client.get(f"schemas/{each['name']}")
        assert response.mimetype == "application/schema+json"
        Draft202012Validator.check_schema(json.loads(response.data))
    assert client.get("schemas/passwords").status_code == 404


@pytest.mark.usefixtures("celery")
def test_the_celery_queue_is_its_own(celery: Celery) -> None:
    assert celery.amqp.router.route({}, "exports.run")["queue"].name == "q.exports"
