"""The API itself takes pings and says that it lives, whatever other clients do."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, Select, func, select
from sqlalchemy.orm import Session

from models import Ping, PingReceiverSpan
from tests.api.serving.test_slow_clients import UNFINISHED, at_once
from tests.devstack.eventually import eventually
from tests.servers.gunicorn import Server, gunicorn
from tests.services.pinged import heartbeat, token_of

CROWDS = {
    "unclosed": (40, b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"),
    "unfinished heads": (16, UNFINISHED["head"]),
    "unfinished bodies": (16, UNFINISHED["body"]),
    "unread": (16, b"GET /api/openapi.json HTTP/1.1\r\nHost: x\r\n\r\n" * 10),
}


@pytest.fixture
def token(committed: Engine) -> str:
    with Session(committed) as session, session.begin():
        return token_of(session, heartbeat(session))


@pytest.fixture
def api(token: str, tmp_path: Path) -> Iterator[Server]:
    del token  # The database is there, and known to the environment.
    with gunicorn(tmp_path, application="wsgi:app") as server:
        yield server


@pytest.mark.abuse(77, 78, 79)
def test_pings_are_taken_beside_clients_that_are_slow(
    api: Server, token: str, committed: Engine
) -> None:
    asked = f"POST /ping/{token} HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\ndone".encode()
    assert api.answer(asked) == (200, b"OK")
    for crowd, said in CROWDS.values():
        api.clients(crowd, said, buffer=4096)
        with at_once():
            assert api.answer(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")[0] == 200
            assert api.answer(asked) == (200, b"OK")
    with Session(committed) as session:
        assert session.scalar(select(func.count()).select_from(Ping)) == 1 + len(CROWDS)
        # This process asks itself as any client does.
        noted = select(func.max(PingReceiverSpan.until_at))
        last = session.scalar(noted)
        session.rollback()
        eventually(lambda: _read(committed, noted) != last, seconds=60)


def _read(engine: Engine, query: Select[Any]) -> object:
    with engine.connect() as connection:
        return connection.scalar(query)
