"""Migration 0025 meets heartbeats whose tokens are in the clear, and the version that made them."""

import hashlib

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text
from sqlalchemy.exc import IntegrityError

from models import Heartbeat, Monitor
from tests.isolation.rows import make, organization

_INSERT = text("""
    INSERT INTO heartbeats (monitor_id, organization_id, token) VALUES (:monitor, :owner, :token)
""")
_BY_TOKEN = text("SELECT organization_of_heartbeat(CAST(:it AS text))")
_BY_HASH = text("SELECT organization_of_heartbeat(CAST(:it AS bytea))")


def add_in_the_clear(connection: Connection, owner: int, token: str) -> None:
    """Write one as the version before this one does."""
    monitor = make(connection, Monitor.metadata.tables["monitors"], owner)["id"]
    connection.execute(_INSERT, {"monitor": monitor, "owner": owner, "token": token})


def test_addresses_go_on_to_be_found_by_old_and_by_new_processes(
    beside: Config, there: Connection
) -> None:
    owner = organization(there)
    command.downgrade(beside, "0024")
    add_in_the_clear(there, owner, "from-before")
    command.upgrade(beside, "head")
    add_in_the_clear(there, owner, "from-an-old-process")
    for token in ("from-before", "from-an-old-process"):
        assert there.scalar(_BY_TOKEN, {"it": token}) == owner
        assert there.scalar(_BY_HASH, {"it": hashlib.sha256(token.encode()).digest()}) == owner
    assert there.scalar(_BY_HASH, {"it": b"nobody's"}) is None
    command.check(beside)


def test_the_way_back_is_open_until_a_token_is_nowhere_in_the_clear(
    beside: Config, there: Connection
) -> None:
    owner = organization(there)
    add_in_the_clear(there, owner, "from-before")
    command.downgrade(beside, "0024")
    command.upgrade(beside, "head")
    assert there.scalar(_BY_TOKEN, {"it": "from-before"}) == owner
    sealed = make(there, Heartbeat.metadata.tables["heartbeats"], owner)
    with pytest.raises(IntegrityError, match="token"):
        command.downgrade(beside, "0024")
    assert there.scalar(_BY_HASH, {"it": sealed["token_hash"]}) == owner
