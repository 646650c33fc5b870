"""Migration 0021 meets tables that are full, and rows that should not be."""

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import IntegrityError

from tests.isolation.rows import TABLES, make, organization

_KEYS = text("SELECT conname FROM pg_constraint WHERE conname LIKE 'fk_incident_notes_%'")
_BEFORE, _AFTER = "fk_incident_notes_incident_id", "fk_incident_notes_organization_id_incident_id"


def counts(connection: Connection) -> dict[str, int]:
    count = "SELECT count(*) FROM {}"
    return {
        table.name: connection.execute(text(count.format(table.name))).scalar_one()
        for table in TABLES
    }


def test_it_goes_back_and_forth_on_filled_tables_and_continues_where_it_was_stopped(
    beside: Config, there: Connection
) -> None:
    mine, theirs = organization(there), organization(there)
    for table in TABLES:
        make(there, table, mine)
    # What only the keys open, no migration brings back.
    there.execute(text("UPDATE heartbeats SET token = 'in the clear'"))
    filled = counts(there)
    command.downgrade(beside, "0020")
    # What was made since is gone with its rows.
    since = filled.keys() - inspect(there).get_table_names()
    assert _BEFORE in set(there.scalars(_KEYS))
    assert _AFTER not in set(there.scalars(_KEYS))

    # An index that could not be finished, and a row that connects two organizations.
    index = "CREATE UNIQUE INDEX CONCURRENTLY uq_monitors_organization_id_id ON monitors (organization_id)"
    with pytest.raises(IntegrityError):
        there.execute(text(index))
    move = text("UPDATE incident_notes SET organization_id = :id")
    there.execute(move, {"id": theirs})
    with pytest.raises(IntegrityError, match=_AFTER):
        command.upgrade(beside, "0021")
    # What was there is still there, and no more such rows come.
    assert set(there.scalars(_KEYS)) >= {_BEFORE, _AFTER}
    there.execute(move, {"id": mine})
    with pytest.raises(IntegrityError):
        there.execute(move, {"id": theirs})

    command.upgrade(beside, "head")
    assert _BEFORE not in set(there.scalars(_KEYS))
    command.check(beside)
    assert counts(there) == filled | dict.fromkeys(since, 0) | {"rechecks": 0}
