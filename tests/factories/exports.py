"""Exports, asked for and made as by a worker, and opened as by who asked for them."""

import gzip
import json
import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import pyrage
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from models import Export
from models.export import ExportState
from models.session import database_now
from server.resources import Transactions
from services.exports import worker as export_worker
from services.exports.worker import Claim, PartClaim
from tasks import export_parts
from tests.api.client import ApiClient, body_of

IDENTITY = pyrage.x25519.Identity.generate()
RECIPIENT = str(IDENTITY.to_public())


def row(session: Session, owner: int, *, at: datetime) -> Export:
    """Make one that nobody works on, asked for at a moment."""
    export = Export(
        organization_id=owner,
        document="checks",
        format="csv",
        container="age",
        recipient=RECIPIENT,
        start_at=at,
        end_at=at,
        state=ExportState.PENDING,
        lease_until=at,
        requested_at=at,
    )
    session.add(export)
    session.flush()
    return export


def ask(client: ApiClient, **values: object) -> TestResponse:
    usual = {"document": "checks", "format": "ndjson", "recipient": RECIPIENT}
    return client.post("exports", {**usual, **values})


def claim(transaction: Transactions, export_id: str) -> Claim | None:
    """Take the next part, as the first to hear of it."""
    with transaction() as session:
        query = select(Export).where(Export.public_id == uuid.UUID(export_id))
        export = session.scalars(query).one()
        turn = PartClaim(export.id, export.claim)
        return export_worker.begin(session, turn, now=database_now(session))


def finish(transaction: Transactions, export_id: str) -> None:
    """Make all parts that there are to make."""
    more = True
    while more and (claimed := claim(transaction, export_id)):
        made = export_parts.make(claimed, transaction)
        with transaction() as session:
            now = database_now(session)
            more = export_worker.finish_part(session, claimed, made, now=now)


def made(client: ApiClient, transaction: Transactions, **values: object) -> dict[str, Any]:
    """Ask for an export, let it be made, and return it."""
    response = ask(client, **values)
    assert response.status_code == 202, response.text
    export_id = body_of(response)["id"]
    finish(transaction, export_id)
    return client.read(f"exports/{export_id}")


def links(client: ApiClient, export: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the files of an export: its manifest, and its parts."""
    response = client.post(f"exports/{export['id']}/links")
    assert response.status_code == 200, response.text
    files: list[dict[str, Any]] = body_of(response)["files"]
    return files


def path_of(file: Mapping[str, Any]) -> str:
    return "/links/" + str(file["url"]).partition("/links/")[2]


def opened(client: ApiClient, export: Mapping[str, Any], number: int = 1) -> bytes:
    """Download one part and decrypt it; what is in gzip is unpacked."""
    response = client.get(path_of(links(client, export)[number]))
    assert response.status_code == 200, response.text
    plain: bytes = pyrage.decrypt(response.data, [IDENTITY])
    return plain if export["format"] == "parquet" else gzip.decompress(plain)


def rows_of(text: bytes) -> list[dict[str, Any]]:
    """Read NDJSON."""
    return [json.loads(line) for line in text.splitlines()]
