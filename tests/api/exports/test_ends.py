"""Exports end: deleted by who asked for them, after a week, and forgotten after a month."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import ExportChunk
from models.export import ExportState
from models.session import database_now
from server.resources import Transactions
from services.exports import contents as export_contents
from tests.api.client import ApiClient
from tests.factories import exports as make

pytestmark = pytest.mark.usefixtures("celery")


def test_what_was_deleted_cannot_be_downloaded_and_its_bytes_go(
    client: ApiClient, transaction: Transactions, session: Session
) -> None:
    export = make.made(client, transaction)
    path = make.path_of(make.links(client, export)[1])
    assert client.get(path).status_code == 200
    assert client.delete(f"exports/{export['id']}").status_code == 204
    assert client.read(f"exports/{export['id']}")["state"] == "cancelled"
    assert client.get(path).status_code == 404
    assert client.post(f"exports/{export['id']}/links").status_code == 409
    assert export_contents.clear(session, limit=10) == 1
    assert session.scalars(select(ExportChunk.number)).all() == []


def test_after_a_week_it_is_gone_and_after_a_month_forgotten(
    client: ApiClient, transaction: Transactions, session: Session
) -> None:
    export = make.made(client, transaction)
    path = make.path_of(make.links(client, export)[1])
    now = database_now(session)
    export_contents.expire(session, now=now + timedelta(days=7))
    session.commit()
    assert client.get(path).status_code == 404
    assert client.read(f"exports/{export['id']}")["state"] == ExportState.EXPIRED
    later = now + timedelta(days=31)
    export_contents.expire(session, now=later)
    session.commit()
    # Its bytes are still there: they go first, some at a time.
    assert len(client.read("exports")["items"]) == 1
    export_contents.clear(session, limit=10)
    export_contents.expire(session, now=later)
    session.commit()
    assert client.read("exports")["items"] == []
