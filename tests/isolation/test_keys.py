"""No row refers to one of another organization, whatever a service forgot to look at."""

import pytest
from psycopg2.errors import ForeignKeyViolation
from sqlalchemy import Connection, ForeignKeyConstraint, select, update
from sqlalchemy.exc import IntegrityError

from tests.isolation.rows import TABLES, keys_of, make, named_by, organization

KEYS = [key for table in TABLES for key in keys_of(table)]
THAT_MAKE_NULL = [key for key in KEYS if (key.ondelete or "").startswith("SET NULL")]


def name_of(key: ForeignKeyConstraint) -> str:
    return str(key.name)


@pytest.fixture
def mine(connection: Connection) -> int:
    return organization(connection)


@pytest.fixture
def theirs(connection: Connection) -> int:
    return organization(connection)


@pytest.mark.parametrize("key", KEYS, ids=name_of)
def test_a_row_may_name_one_of_its_organization_and_none_of_another(
    connection: Connection, mine: int, theirs: int, key: ForeignKeyConstraint
) -> None:
    own, foreign = (
        named_by(key, make(connection, key.referred_table, each)) for each in (mine, theirs)
    )
    make(connection, key.table, mine, **own)
    with pytest.raises(IntegrityError) as refused:
        make(connection, key.table, mine, **foreign)
    assert isinstance(refused.value.orig, ForeignKeyViolation)
    # Another key may say so first that has a column in common with this one.
    alike = [each for each in keys_of(key.table) if foreign.keys() & set(each.column_keys)]
    assert refused.value.orig.diag.constraint_name in {name_of(each) for each in alike}


@pytest.mark.parametrize("key", KEYS, ids=name_of)
def test_a_row_that_others_name_stays_in_its_organization(
    connection: Connection, mine: int, theirs: int, key: ForeignKeyConstraint
) -> None:
    referred = make(connection, key.referred_table, mine)
    make(connection, key.table, mine, **named_by(key, referred))
    there = [each.column == referred[each.column.name] for each in key.elements]
    with pytest.raises(IntegrityError, match=r"violates foreign key constraint"):
        connection.execute(update(key.referred_table).where(*there).values(organization_id=theirs))


@pytest.mark.parametrize("key", THAT_MAKE_NULL, ids=name_of)
def test_what_named_a_deleted_row_names_none_and_stays_in_its_organization(
    connection: Connection, mine: int, key: ForeignKeyConstraint
) -> None:
    referred = make(connection, key.referred_table, mine)
    row = make(connection, key.table, mine, **named_by(key, referred))
    connection.execute(key.referred_table.delete().where(key.referred_table.c.id == referred["id"]))
    left = connection.execute(select(key.table).where(key.table.c.id == row["id"])).mappings().one()
    assert left == row | dict.fromkeys(named_by(key, referred))
