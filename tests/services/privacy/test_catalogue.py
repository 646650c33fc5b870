"""Every column of the database is accounted for, and the record of processing says the same.

After a change of the catalogue, `GOLDEN=write pytest tests/services/privacy/test_catalogue.py`
writes the record in the documentation anew.
"""

import os
from pathlib import Path

import pytest

from models import Base
from services.privacy import record
from services.privacy.catalogue import TABLES
from services.privacy.catalogue.lines import SEALED, SECRET

PAGE = Path("docs/reference/privacy.md")
_BEGIN = "<!-- record: begin -->\n\n"
_END = "\n\n<!-- record: end -->"
_TELLING = ("address", "email", "ip", "user_agent", "agent", "acknowledged_by")
"""Names of columns that always tell of a person."""


def test_every_table_has_a_line() -> None:
    assert TABLES.keys() == Base.metadata.tables.keys()


@pytest.mark.parametrize("name", sorted(Base.metadata.tables))
def test_every_column_is_exported_or_there_is_a_reason_why_not(name: str) -> None:
    table = TABLES[name]
    columns = {column.name for column in Base.metadata.tables[name].columns}
    assert table.columns == columns
    left = [column for names in table.left.values() for column in names.split()]
    assert len(left) == len(set(left))
    assert not set(left) & {*table.own.split(), *table.shared.split()}


@pytest.mark.parametrize("name", sorted(Base.metadata.tables))
def test_personal_columns_exist_and_none_is_forgotten_by_its_name(name: str) -> None:
    columns = {column.name for column in Base.metadata.tables[name].columns}
    personal = TABLES[name].personal_columns
    assert personal <= columns
    assert columns & set(_TELLING) <= personal
    references = {each.target_fullname for each in Base.metadata.tables[name].foreign_keys}
    assert "users.id" not in references or personal


def test_no_hash_and_no_sealed_value_is_exported() -> None:
    for name, table in TABLES.items():
        exported = {*table.own.split(), *table.shared.split()}
        assert not {each for each in exported if each.endswith("_hash")}, name
        assert not exported & {"ciphertext", "nonce", "wrapped"}, name
    assert SECRET in TABLES["users"].left
    assert SEALED in TABLES["channels"].left


def test_rows_of_a_person_are_found_by_a_column_of_their_table() -> None:
    for name, table in TABLES.items():
        assert bool(table.own) == bool(table.found_by), name
        assert not table.found_by or table.found_by in Base.metadata.tables[name].columns, name


def test_the_record_of_processing_is_that_of_the_catalogue() -> None:
    before, _, rest = PAGE.read_text().partition(_BEGIN)
    written, _, after = rest.partition(_END)
    if os.environ.get("GOLDEN") == "write":
        PAGE.write_text(f"{before}{_BEGIN}{record.as_markdown()}{_END}{after}")
        return
    assert written == record.as_markdown()
