"""Requests that are wrong in every way, with a secret in each of their places, and a database that fails."""

import json
import socket
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from tests.canary import marks, people
from tests.canary.marks import Marks
from tests.canary.places import owner
from tests.canary.recorder import Recorder, refused

_TABLES = (
    "SELECT oid::regclass::text FROM pg_class WHERE relnamespace = 'public'::regnamespace"
    " AND relkind IN ('r', 'p') AND NOT relispartition AND relname <> 'alembic_version'"
)
_FUNCTION = (
    "CREATE FUNCTION broken() RETURNS trigger LANGUAGE plpgsql"
    " AS $$ BEGIN RAISE EXCEPTION 'It is broken.'; END $$"
)
_FAILS = "FOR EACH ROW EXECUTE FUNCTION broken()"
_PLAIN = {"Content-Type": "text/plain"}


def err_everywhere(user: Recorder, kept: Marks) -> int:
    """Ask each operation of the document wrongly; return how many there are."""
    document = user.ask("GET", "/api/openapi.json").body
    count = 0
    for path, operations in document["paths"].items():
        place = _filled(path)
        for method in operations.keys() - {"parameters"}:
            _err(user, kept, method.upper(), place, _names(document, operations[method]))
            count += 1
    return count


def _err(user: Recorder, kept: Marks, method: str, place: str, names: list[str]) -> None:
    mark = kept.add(f"said wrongly to {method} {place}", marks.new())
    asked = f"{place}?token={mark}&limit={mark}"
    bodies = [
        f'{{"password": "{mark}", ',
        f'["{mark}"]',
        json.dumps({name: {"x": mark} for name in [*names, "x"]}),
    ]
    for body in bodies if method in {"POST", "PATCH"} else []:
        assert refused(user.send(method, asked, body)) or not names
    user.send(method, asked, mark if method != "GET" else None, _PLAIN)


def _filled(path: str) -> str:
    parts = path.split("/")
    return "/".join(str(uuid.UUID(int=7)) if part.startswith("{") else part for part in parts)


def _names(document: Any, operation: Any) -> list[str]:  # noqa: ANN401 - any JSON
    """Give the names of the fields that it takes."""
    content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    name = content.get("schema", {}).get("$ref", "").rpartition("/")[2]
    return list(document["components"]["schemas"].get(name, {}).get("properties", {}))


def err_in_the_protocol(user: Recorder, kept: Marks) -> None:
    """Say what is no HTTP, and what no route, method or header is."""
    mark = kept.add("said wrongly in the protocol", marks.new())
    for head in (
        f"GET /api/v1/monitors?token={mark} HTTP/9.9\r\n\r\n",
        f"GET  /api/v1/monitors?token={mark} HTTP/1.1\r\n\r\n",
        f"{mark} / HTTP/1.1\r\nHost: x\r\n\r\n",
        f"GET / HTTP/1.1\r\nHost: x\r\nAuthorization Bearer {mark}\r\n\r\n",
        f"GET / HTTP/1.1\r\nHost: x\r\nAuthor ization: Bearer {mark}\r\n\r\n",
        f"GET / HTTP/1.1\r\nHost: x\r\nCookie: {mark * 400}\r\n\r\n",
        f"GET /{mark * 300} HTTP/1.1\r\nHost: x\r\n\r\n",
        f"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: {mark}\r\n\r\n",
        f"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n{mark}\r\n",
        f"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: {mark}\r\n\r\n",
    ):
        user.answers[f"raw {len(user.answers)}"] = _said(user.url, head)
    for method, path in (("TRACE", "/"), ("BREW", "/api/v1/me"), ("GET", f"/{mark}"), ("PUT", "/")):
        user.send(method, path, None, {"X-Api-Key": mark, "Cookie": f"session={mark}"})
    stranger = Recorder(user.url, token=mark, answers=user.answers)
    assert refused(stranger.ask("GET", "/api/v1/me"))
    large = json.dumps({"password": mark, "filler": "x" * 300_000})
    assert user.send("POST", "/api/v1/credentials", large).status == 413


def _said(url: str, head: str) -> bytes:
    place = urlsplit(url)
    with socket.create_connection(
        (place.hostname or "", place.port or 0), timeout=20
    ) as connection:
        connection.sendall(head.encode())
        connection.shutdown(socket.SHUT_WR)
        answer = b""
        while part := connection.recv(65_536):
            answer += part
        return answer


@contextmanager
def broken(owner_url: str) -> Iterator[None]:
    """Let every write to the database fail, as a bug or a full disk would."""
    with owner(owner_url) as cursor:
        cursor.execute(_FUNCTION)
        cursor.execute(_TABLES)
        for (table,) in cursor.fetchall():
            cursor.execute(f"CREATE TRIGGER broken BEFORE INSERT OR UPDATE ON {table} {_FAILS}")
    try:
        yield
    finally:
        with owner(owner_url) as cursor:
            cursor.execute(_TABLES)
            for (table,) in cursor.fetchall():
                cursor.execute(f"DROP TRIGGER broken ON {table}")


def err_inside(user: Recorder, kept: Marks) -> None:
    """Give secrets to a system whose database fails under it."""
    account = {"email": people.EMAIL, "password": kept.add("password in vain", marks.new())}
    secret = kept.add("credential in vain", marks.new())
    channel = f"https://hooks.example/{kept.add('channel in vain', marks.new())}"
    for path, body in (
        ("/auth/register", {**account, "email": "eve@canary.example", "organization_name": "x"}),
        ("/credentials", {"name": "x", "scheme": "bearer", "fields": {"token": secret}}),
        ("/contacts", {"name": "x", "channels": [{"kind": "slack", "settings": {"url": channel}}]}),
        ("/event-subscriptions", {"name": "x", "url": channel, "events": ["*"]}),
        ("/api-keys", {"name": "x", "scopes": ["monitor:read"]}),
        ("/invitations", {"email": "eve@canary.example", "role": "viewer"}),
    ):
        answer = user.ask("POST", f"/api/v1{path}", body)
        assert answer.status == 500, (path, answer)
