"""Links to exports: what they open, to whom, for how long, and in ranges."""

import base64
import hashlib
import uuid
from datetime import datetime, timedelta
from typing import Any

import jwt
import pytest
from flask import Flask
from joserfc import jwe
from joserfc.jwk import ECKey
from jsonschema import Draft202012Validator
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from config.settings import Settings
from models import Monitor, Organization, Recipient
from models.recipient import RecipientState
from models.session import database_now
from security.links import Links, Purpose, Subject
from server.resources import Transactions
from services.exports.contents import CHUNK_BYTES, pieces_of
from services.exports.jwe import Unsealable
from tasks import export_parts
from tests.api.client import ApiClient, body_of
from tests.factories import exports as make

pytestmark = pytest.mark.usefixtures("celery")


@pytest.fixture
def large(client: ApiClient, transaction: Transactions, session: Session) -> dict[str, Any]:
    """Give a finished export whose only part has several chunks."""
    client.make_monitor()
    monitor = session.scalars(select(Monitor)).one()
    fill(session, monitor, rows=30_000, words=160)
    return make.made(client, transaction)


def fill(session: Session, monitor: Monitor, *, rows: int, words: int = 100) -> None:
    """Write a failed check a second until now, each with so many random hexadecimal digits."""
    now = int(database_now(session).timestamp())
    values = {
        "monitor": monitor.id,
        "organization": monitor.organization_id,
        "first": now - rows,
        "last": now - 1,
        "words": words // 32,
    }
    session.execute(
        text(
            "INSERT INTO check_results SELECT :monitor, slot, :organization, 20000, 1,"
            ' CAST(2 AS "char"), CAST(10 AS "char"), 500, 1, 2, 3, 15, 0'
            " FROM generate_series(:first, :last) AS slot"
        ),
        values,
    )
    session.execute(
        text(
            "INSERT INTO check_failures (monitor_id, slot, region_id, organization_id, detail)"
            " SELECT :monitor, slot, 1, :organization, (SELECT string_agg(md5(random()::text ||"
            " slot || n), '') FROM generate_series(1, :words) AS n)"
            " FROM generate_series(:first, :last) AS slot"
        ),
        values,
    )
    session.commit()


def test_a_part_is_what_the_links_say_and_is_read_chunk_by_chunk(
    client: ApiClient, large: dict[str, Any]
) -> None:
    manifest, part = make.links(client, large)
    assert (manifest["name"], part["name"]) == ("manifest.jws", "checks-0001.ndjson.gz.age")
    client.token = None
    response = client.get(make.path_of(part))
    assert response.status_code == 200
    assert len(response.data) == part["size_bytes"] > 2 * CHUNK_BYTES
    assert hashlib.sha256(response.data).hexdigest() == part["sha256"]
    assert response.headers["Accept-Ranges"] == "bytes"
    assert response.headers["ETag"] == f'"{part["sha256"]}"'
    digest = base64.b64encode(bytes.fromhex(part["sha256"])).decode()
    assert response.headers["Repr-Digest"] == f"sha-256=:{digest}:"
    assert response.headers["Cache-Control"] == "no-store"
    assert part["name"] in response.headers["Content-Disposition"]
    head = client.send("HEAD", make.path_of(part))
    assert (head.status_code, head.content_length) == (200, part["size_bytes"])


def test_a_download_goes_on_where_it_broke_off(client: ApiClient, large: dict[str, Any]) -> None:
    part = make.links(client, large)[1]
    path, size = make.path_of(part), part["size_bytes"]
    whole = client.get(path).data
    for asked, start, end in (
        ("bytes=0-0", 0, 1),
        ("bytes=0-", 0, size),
        (f"bytes={CHUNK_BYTES - 3}-{CHUNK_BYTES + 2}", CHUNK_BYTES - 3, CHUNK_BYTES + 3),
        (f"bytes={CHUNK_BYTES}-{2 * CHUNK_BYTES - 1}", CHUNK_BYTES, 2 * CHUNK_BYTES),
        ("bytes=-5", size - 5, size),
        (f"bytes=10-{size + 1000}", 10, size),
    ):
        response = client.send("GET", path, headers={"Range": asked})
        assert response.status_code == 206
        assert response.headers["Content-Range"] == f"bytes {start}-{end - 1}/{size}"
        assert response.data == whole[start:end]


def test_a_range_that_is_not_there_is_refused_with_the_size(
    client: ApiClient, large: dict[str, Any]
) -> None:
    part = make.links(client, large)[1]
    asked = {"Range": f"bytes={part['size_bytes']}-"}
    response = client.send("GET", make.path_of(part), headers=asked)
    assert response.status_code == 416
    assert response.headers["Content-Range"] == f"bytes */{part['size_bytes']}"


def test_conditions_are_kept(client: ApiClient, large: dict[str, Any]) -> None:
    part = make.links(client, large)[1]
    path, etag = make.path_of(part), f'"{part["sha256"]}"'
    for headers, status in (
        ({"If-None-Match": etag}, 304),
        ({"If-None-Match": '"other"'}, 200),
        ({"Range": "bytes=0-9", "If-Range": etag}, 206),
        ({"Range": "bytes=0-9", "If-Range": '"other"'}, 200),
        ({"Range": "bytes=0-9", "If-Range": "Tue, 24 Nov 2026 00:00:00 GMT"}, 200),
        ({"Range": "bytes=0-9,20-29"}, 200),
        ({"Range": "pages=1-2"}, 200),
        ({"Range": "bytes=9-0"}, 200),
    ):
        response = client.send("GET", path, headers=headers)
        assert response.status_code == status, headers
        assert status != 304 or response.data == b""


def test_chunks_are_found_by_arithmetic() -> None:
    assert list(pieces_of(0, 0)) == []
    assert list(pieces_of(0, 1)) == [(0, slice(0, 1))]
    assert list(pieces_of(CHUNK_BYTES, CHUNK_BYTES + 1)) == [(1, slice(0, 1))]
    assert list(pieces_of(5, CHUNK_BYTES + 7)) == [(0, slice(5, CHUNK_BYTES)), (1, slice(0, 7))]


def test_the_manifest_is_signed_and_what_its_schema_says(
    client: ApiClient, large: dict[str, Any], app: Flask
) -> None:
    manifest, part = make.links(client, large)
    response = client.get(make.path_of(manifest))
    assert response.mimetype == "application/jose"
    signed = response.get_data(as_text=True)
    keys = app.extensions["downtime"].tokens.keys()
    header = jwt.get_unverified_header(signed)
    assert header == {"alg": "ES256", "typ": "downtime-export+jws", "kid": keys.kid}
    claims = jwt.decode(signed, keys.public[keys.kid], algorithms=["ES256"])
    Draft202012Validator(body_of(client.get("schemas/export.manifest.v1"))).validate(claims)
    assert claims["sub"] == large["id"]
    assert claims["org"] == client.read("me")["organization"]["id"]
    assert (claims["rows"], claims["recipient"]) == (30_000, make.RECIPIENT)
    assert (claims["from"], claims["to"]) == (large["from"], large["to"])
    assert claims["parts"] == [
        {
            "name": part["name"],
            "rows": 30_000,
            "bytes": part["size_bytes"],
            "sha256": part["sha256"],
        }
    ]


def test_a_manifest_is_no_access_token(client: ApiClient, transaction: Transactions) -> None:
    export = make.made(client, transaction)
    manifest = client.get(make.path_of(make.links(client, export)[0])).get_data(as_text=True)
    client.token = manifest
    assert client.get("me").status_code == 401


@pytest.mark.abuse(47)
def test_abuse_47_a_link_opens_nothing_but_its_export_and_not_for_long(
    client: ApiClient,
    stranger: ApiClient,
    transaction: Transactions,
    session: Session,
    settings: Settings,
) -> None:
    export, theirs = make.made(client, transaction), make.made(stranger, transaction)
    now = database_now(session)
    own = public_id(session, client)
    links = Links.from_settings(settings)

    def status(link: str, name: str = "manifest.jws") -> int:
        return client.get("/links/" + link.partition("/links/")[2] + f"/{name}").status_code

    def link(organization_id: uuid.UUID, export_id: str, at: datetime, purpose: Purpose) -> str:
        subject = Subject(organization_id=organization_id, id=uuid.UUID(export_id))
        return links.make(purpose, subject, now=at)

    good = link(own, export["id"], now, Purpose.EXPORT)
    assert status(good) == 200
    assert status(link(own, theirs["id"], now, Purpose.EXPORT)) == 404
    assert status(link(own, export["id"], now - timedelta(minutes=10), Purpose.EXPORT)) == 404
    confirming = link(own, export["id"], now, Purpose.CONFIRM)
    assert status(confirming.replace("/confirm/", "/export/")) == 404
    assert status(good[:-1] + ("A" if good[-1] != "A" else "B")) == 404
    for name in ("checks-0002.ndjson.gz.age", "checks-0001.csv.gz.age", "..", "manifest"):
        assert status(good, name) == 404
    other = make.links(stranger, theirs)[0]["url"]
    assert status(other.rpartition("/")[0]) == 200
    assert status(links.make(Purpose.EXPORT, Subject(organization_id=own, id=own), now=now)) == 404


def public_id(session: Session, client: ApiClient) -> uuid.UUID:
    named = uuid.UUID(client.read("me")["organization"]["id"])
    return session.scalars(
        select(Organization.public_id).where(Organization.public_id == named)
    ).one()


def test_nothing_is_linked_before_it_is_finished(client: ApiClient) -> None:
    export = body_of(make.ask(client))
    response = client.post(f"exports/{export['id']}/links")
    assert (response.status_code, response.mimetype) == (409, "application/problem+json")


KEY = ECKey.generate_key("P-256")


@pytest.fixture
def recipient(client: ApiClient, session: Session) -> str:
    """Register a key; that its holder can open it is shown elsewhere."""
    public = KEY.as_dict(private=False)
    made = client.make("recipients", name="Reader", jwk=public)
    session.execute(
        update(Recipient).values(
            state=RecipientState.ACTIVE, challenge_hash=None, challenge_ends_at=None
        )
    )
    session.commit()
    return str(made["id"])


def test_a_jwe_is_opened_by_the_registered_key(
    client: ApiClient, transaction: Transactions, session: Session, recipient: str
) -> None:
    client.make_monitor()
    fill(session, session.scalars(select(Monitor)).one(), rows=50)
    export = make.made(client, transaction, container="jwe", recipient=recipient, format="parquet")
    part = make.links(client, export)[1]
    assert part["name"] == "checks-0001.parquet.jwe"
    response = client.get(make.path_of(part))
    assert response.mimetype == "application/jose"
    opened = jwe.decrypt_compact(response.data, KEY, algorithms=["ECDH-ES+A256KW", "A256GCM"])
    assert opened.plaintext is not None
    assert opened.plaintext[:4] == b"PAR1"


def test_abuse_54_without_an_active_key_nothing_is_exported(
    client: ApiClient, stranger: ApiClient, recipient: str
) -> None:
    named = {"container": "jwe", "recipient": recipient}
    assert make.ask(stranger, **named).status_code == 422
    assert make.ask(client, container="jwe").status_code == 422
    assert make.ask(client, container="jwe", recipient=str(uuid.uuid4())).status_code == 422
    assert client.post(f"recipients/{recipient}/retire").status_code == 200
    assert make.ask(client, **named).status_code == 409
    assert client.read("exports")["items"] == []


def test_a_jwe_is_not_made_for_a_key_that_was_retired_meanwhile(
    client: ApiClient, transaction: Transactions, recipient: str
) -> None:
    export = body_of(make.ask(client, container="jwe", recipient=recipient))
    assert client.post(f"recipients/{recipient}/retire").status_code == 200
    claim = make.claim(transaction, export["id"])
    assert claim is not None
    with pytest.raises(Unsealable, match="no longer active"):
        export_parts.make(claim, transaction)


def test_a_jwe_of_more_than_a_mebibyte_is_refused(
    client: ApiClient, transaction: Transactions, session: Session, recipient: str
) -> None:
    client.make_monitor()
    fill(session, session.scalars(select(Monitor)).one(), rows=6_000, words=1000)
    export = body_of(make.ask(client, container="jwe", recipient=recipient))
    claim = make.claim(transaction, export["id"])
    assert claim is not None
    with pytest.raises(Unsealable, match="1 MiB"):
        export_parts.make(claim, transaction)
