"""`downtime blind-spans rebuild`: unknown time from the rows that there are, as often as one likes."""

import pytest
from sqlalchemy import Engine, delete, select
from sqlalchemy.orm import Session

from cli.main import main
from models import BlindSpan
from services.checks import record as check_record
from tests.services.watched import UNKNOWN, UP, at, observe, watch

NOW = 1_800_000_000


def test_it_fills_what_is_missing_and_may_be_repeated(
    committed: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    with Session(committed) as session, session.begin():
        monitors = [watch(session, from_slot=NOW - 600) for _ in range(3)]
        for monitor in monitors:
            found = [observe(monitor, NOW, UP), observe(monitor, NOW + 60, UNKNOWN)]
            check_record.record(session, found, now=at(NOW + 60))
        expected = session.scalars(select(BlindSpan.from_slot)).all()
        session.execute(delete(BlindSpan))
    for _ in range(2):
        assert main(["blind-spans", "rebuild"]) == 0
        with Session(committed) as session:
            assert session.scalars(select(BlindSpan.from_slot)).all() == expected
    assert expected == [NOW + 60] * 3
    assert "unknown time" in capsys.readouterr().out


def test_another_action_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["blind-spans", "burn"])
    assert "rebuild" in capsys.readouterr().err
