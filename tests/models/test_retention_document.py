"""No table can grow without end unnoticed: docs/reference/retention.md knows each, and what it says is so."""

import re
from pathlib import Path

from models import Base
from services.operations.retention import RULES
from tests.conftest import ROOT

ROW = re.compile(r"^\| `(\w+)` \| (.+) \| (.+) \|$", re.MULTILINE)
TABLES = Base.metadata.tables


def deleted_by() -> dict[str, str]:
    document = Path(ROOT / "docs" / "reference" / "retention.md").read_text()
    return {table: by for table, _, by in ROW.findall(document)}


def test_of_every_table_it_is_said_how_long_its_rows_are_kept_and_who_deletes_them() -> None:
    assert list(deleted_by()) == sorted(TABLES)


def test_each_task_that_is_said_to_delete_something_is_in_the_timetable(database: object) -> None:
    del database
    from celeryconfig import beat_schedule  # noqa: PLC0415 - the settings exist only now

    planned = {entry["task"] for entry in beat_schedule.values()}
    named = {by.strip("`") for by in deleted_by().values() if by.startswith("`")}
    assert named - planned == set()


def test_what_goes_with_another_row_is_bound_to_it() -> None:
    for table, by in deleted_by().items():
        if by.startswith("with "):
            owners = {
                key.referred_table.name
                for key in TABLES[table].foreign_key_constraints
                if key.ondelete == "CASCADE"
            }
            assert by.removeprefix("with ").strip("`") in owners, table


def test_the_task_of_retention_deletes_from_just_the_tables_of_which_that_is_said() -> None:
    assert set(RULES) == {
        table for table, by in deleted_by().items() if "housekeeping.retention" in by
    }


def test_the_rest_is_left_to_whoever_has_no_more_use_for_it() -> None:
    words = {by for by in deleted_by().values() if not by.startswith(("`", "with "))}
    assert words == {"user", "nobody", "whoever writes the next", "whoever writes the result"}
