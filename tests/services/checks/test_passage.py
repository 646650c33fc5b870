"""The way of a result goes straight: few files, and few returns to one that was left.

`.venv/bin/pytest -s` prints the files in the order in which the way reaches each first.
"""

from sqlalchemy.orm import Session

from services.checks import record as check_record
from tests.services.outage import notify
from tests.services.watched import DOWN, UP, at, observe, watch
from tests.support.passage import passing

NOW = 1_800_000_000


def test_a_good_check_passes_through_few_files(session: Session) -> None:
    monitor = watch(session, from_slot=NOW - 600)
    check_record.record(session, [observe(monitor, NOW - 60, UP)], now=at(NOW - 60))
    with passing("services/", "domain/") as passage:
        check_record.record(session, [observe(monitor, NOW, UP)], now=at(NOW))
    print(f"\nA good check, recorded: {passage}")  # noqa: T201 - for the reader with -s
    assert 0 < len(passage.files) <= 8
    assert passage.returns <= 16


def test_one_that_opens_an_incident_returns_seldom(session: Session) -> None:
    monitor = watch(session, from_slot=NOW - 600)
    notify(session, monitor, ("email", "a@example.test"))
    for slot, result in ((NOW - 60, UP), (NOW, DOWN)):
        check_record.record(session, [observe(monitor, slot, result)], now=at(slot))
    with passing("services/") as passage:
        check_record.record(session, [observe(monitor, NOW + 10, DOWN)], now=at(NOW + 10))
    print(f"\nA check that opens an incident, recorded: {passage}")  # noqa: T201 - see above
    assert 0 < len(passage.files) <= 33
    assert passage.returns <= 47
