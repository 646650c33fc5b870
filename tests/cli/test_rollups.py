"""`downtime rollups rebuild`: roll-ups from the rows that there are, as often as one likes."""

from random import Random

import pytest
from sqlalchemy import Engine, delete
from sqlalchemy.orm import Session

from cli.main import main
from domain.analytics.rollup import DAY
from models import MonitorDay, MonitorHour
from models.session import database_now
from services.rollups import sweep
from tests.services.rollups.rolled import draw, every_row, set_until, store
from tests.services.watched import at, watch


def test_it_gives_the_same_bytes_as_the_sweep(
    committed: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    with Session(committed) as session, session.begin():
        present = int(database_now(session).timestamp())
        yesterday = present // DAY * DAY - DAY
        for number in range(3):
            monitor = watch(session, from_slot=yesterday)
            store(session, draw(Random(number), monitor, low=yesterday, high=present, step=300))
        set_until(session, yesterday)
    more = True
    rounds = 0
    while more or rounds < 2:
        with Session(committed) as session, session.begin():
            more = sweep.sweep(session, now=at(present))
        rounds += not more
    with Session(committed) as session, session.begin():
        before = every_row(session)
        assert len(before) >= 3 * 25
        # Something is missing, and something is wrong.
        session.execute(delete(MonitorDay))
        session.query(MonitorHour).update({"up": 7})
    for _ in range(2):
        assert main(["rollups", "rebuild"]) == 0
        with Session(committed) as session:
            assert every_row(session) == before
    assert "roll-ups" in capsys.readouterr().out


def test_another_action_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["rollups", "burn"])
    assert "rebuild" in capsys.readouterr().err
