"""A row that is stored after its day was over leaves a note, with the rights of any writer."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import ArchiveLate
from services.archive.numbers import shard_of
from services.archive.rows import late_rows
from tests.rights import acting
from tests.services.archive.world import BEGIN, END, FIRST, moment
from tests.services.watched import UP, observe, watch


@pytest.mark.parametrize("role", ["downtime_api", "downtime_checks", "downtime_dispatch"])
def test_only_days_that_were_over_are_noted_and_each_once(session: Session, role: str) -> None:
    monitor = watch(session, from_slot=BEGIN)
    rows = [observe(monitor, slot, UP) for slot in (BEGIN, BEGIN + 60, END)]
    assert moment(BEGIN).date() == FIRST
    with acting(session, role):
        late_rows.note(session, rows, over=END - 1)
    assert session.scalars(select(ArchiveLate)).all() == []
    with acting(session, role):
        late_rows.note(session, rows, over=END)
    noted = [(each.day, each.shard) for each in session.scalars(select(ArchiveLate))]
    assert noted == [(FIRST, shard_of(monitor.organization_id))]
