"""The sweep rolls up what is over, sees every row of it, and does late hours again."""

from random import Random

import pytest
from sqlalchemy import Connection, Engine, event, func, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from domain.analytics.rollup import (
    DAY,
    HOUR,
    LATE_AFTER,
    hour_of,
    month_of,
    next_month,
    over_before,
)
from domain.evaluation.outcome import Outcome
from models import ArchiveDay, Monitor, MonitorDay, MonitorHour, MonitorMonth, RollupDirty
from models.archive import ArchiveState
from models.session import database_now
from services.checks import record as check_record
from services.rollups import late_rows, progress, rows, sweep, writing
from tests.rights import acting
from tests.services.rollups.rolled import (
    DAY_ONE,
    check,
    draw,
    every_row,
    expected,
    set_until,
    store,
)
from tests.services.watched import UNKNOWN, UP, at, observe, watch

OVER = LATE_AFTER + 10
"""An hour is settled this long after its end."""


def swept(engine: Engine, now: int) -> int:
    """Sweep until there is no more; return how far it came."""
    more = True
    while more:
        with Session(engine) as session, session.begin():
            more = sweep.sweep(session, now=at(now))
    with Session(engine) as session:
        return progress.until(session)


def prepared(engine: Engine, until: int = DAY_ONE) -> Monitor:
    with Session(engine, expire_on_commit=False) as session, session.begin():
        monitor = watch(session, from_slot=until)
        set_until(session, until)
    return monitor


@pytest.mark.parametrize(("moment", "end"), [(0, -1), (HOUR + 119, 0), (HOUR + 120, 1), (9000, 2)])
def test_an_hour_is_over_two_minutes_after_its_end(moment: int, end: int) -> None:
    assert over_before(DAY_ONE + moment) == DAY_ONE + end * HOUR


def test_an_hour_is_rolled_up_once_it_is_settled(committed: Engine) -> None:
    monitor = prepared(committed)
    checks = draw(Random(1), monitor, low=DAY_ONE, high=DAY_ONE + 2 * HOUR)
    with Session(committed) as session, session.begin():
        store(session, checks)
    assert swept(committed, DAY_ONE + HOUR + OVER - 1) == DAY_ONE
    assert swept(committed, DAY_ONE + HOUR + OVER) == DAY_ONE + HOUR
    with Session(committed) as session:
        (found,) = rows.read(session, MonitorHour, [monitor.id], low=DAY_ONE, high=DAY_ONE + DAY)
    assert found.rollup == expected([each for each in checks if each["slot"] < DAY_ONE + HOUR])  # type: ignore[operator]


def test_a_row_in_time_whose_transaction_is_open_is_waited_for(committed: Engine) -> None:
    monitor = prepared(committed)
    with Session(committed) as slow:
        check_record.record(slow, [observe(monitor, DAY_ONE + 5, UP)], now=at(DAY_ONE + 5))
        assert slow.scalar(select(func.count()).select_from(RollupDirty)) == 0
        for _ in range(3):
            assert swept(committed, DAY_ONE + HOUR + OVER) == DAY_ONE
        slow.commit()
    assert swept(committed, DAY_ONE + HOUR + OVER) == DAY_ONE + HOUR
    with Session(committed) as session:
        assert session.scalars(select(MonitorHour)).one().up == 1


def test_hours_that_were_missed_are_made_up_for_with_their_days(committed: Engine) -> None:
    monitor = prepared(committed)
    checks = draw(Random(2), monitor, low=DAY_ONE, high=DAY_ONE + 2 * DAY, step=600)
    with Session(committed) as session, session.begin():
        store(session, checks)
    now = DAY_ONE + 2 * DAY + OVER
    swept(committed, now)
    assert swept(committed, now) == DAY_ONE + 2 * DAY
    with Session(committed) as session:
        days = rows.read(session, MonitorDay, [monitor.id], low=DAY_ONE, high=now)
        assert session.scalar(select(func.count()).select_from(MonitorHour)) == 48
    assert [each.rollup.up for each in days] == [
        sum(
            each["outcome"] is Outcome.UP and begin <= each["slot"] < begin + DAY  # type: ignore[operator]
            for each in checks
        )
        for begin in (DAY_ONE, DAY_ONE + DAY)
    ]


def test_monitors_are_taken_some_at_a_time_and_none_is_left_out(committed: Engine) -> None:
    with Session(committed) as session, session.begin():
        monitors = [watch(session, from_slot=DAY_ONE) for _ in range(5)]
        set_until(session, DAY_ONE)
        store(session, [check(each, DAY_ONE + 1, Outcome.UP, 7) for each in monitors])
    now = DAY_ONE + HOUR + OVER
    with Session(committed) as session, session.begin():
        # As if the process had ended here: the next one goes on.
        assert sweep.sweep(session, now=at(now), limit=2)
        assert session.scalar(select(func.count()).select_from(MonitorHour)) == 2
    assert swept(committed, now) == DAY_ONE + HOUR
    with Session(committed) as session:
        assert session.scalar(select(func.count()).select_from(MonitorHour)) == 5


def test_the_sweep_needs_only_the_rights_of_maintenance(session: Session) -> None:
    monitor = watch(session, from_slot=DAY_ONE)
    set_until(session, DAY_ONE)
    store(session, [check(monitor, DAY_ONE + 1, Outcome.UP, 7)])
    late_rows.note(session, [observe(monitor, DAY_ONE - 1, UP)])
    with acting(session, "downtime_housekeeping"):
        assert sweep.sweep(session, now=at(DAY_ONE + HOUR + OVER))
    assert progress.until(session) == DAY_ONE + HOUR
    assert session.scalars(select(MonitorHour.up)).all() == [1]
    assert session.scalars(select(RollupDirty)).all() == []


def test_hours_of_which_nothing_is_kept_are_not_made_up_for(session: Session) -> None:
    monitor = watch(session, from_slot=DAY_ONE)
    set_until(session, DAY_ONE - 100 * DAY)
    store(session, [check(monitor, DAY_ONE - 90 * DAY, Outcome.UP, 7)])
    while sweep.sweep(session, now=at(DAY_ONE)) and progress.until(session) < DAY_ONE - 35 * DAY:
        pass
    assert progress.until(session) >= DAY_ONE - 35 * DAY
    assert every_row(session) == []


def test_a_month_whose_end_nobody_rolled_up_in_time_has_the_days_there_are(
    session: Session,
) -> None:
    monitor = watch(session, from_slot=DAY_ONE)
    begin, until = month_of(DAY_ONE), month_of(DAY_ONE) + 3 * DAY
    checks = draw(Random(14), monitor, low=begin, high=until, step=1800)
    store(session, checks)
    writing.hours(session, [monitor.id], low=begin, high=until)
    for day in range(begin, until, DAY):
        writing.day(session, [monitor.id], begin=day)
    set_until(session, until)
    now = next_month(DAY_ONE) + 40 * DAY
    while progress.until(session) < next_month(DAY_ONE):
        assert sweep.sweep(session, now=at(now))
    (month,) = rows.read(session, MonitorMonth, [monitor.id], low=0, high=now)
    assert (month.from_slot, month.rollup) == (begin, expected(checks))


def test_only_one_process_writes_at_a_time(committed: Engine) -> None:
    prepared(committed)
    with Session(committed) as holder, Session(committed) as other:
        assert progress.locked(holder) is not None
        assert not sweep.sweep(other, now=at(DAY_ONE + DAY))
        assert progress.until(other) == DAY_ONE


def test_a_late_row_is_noted_with_it_and_its_hour_and_day_are_done_again(
    committed: Engine,
) -> None:
    with Session(committed) as session:
        present = int(database_now(session).timestamp())
    yesterday = present // DAY * DAY - DAY
    monitor = prepared(committed, yesterday)
    swept(committed, present)
    assert swept(committed, present) >= yesterday + DAY
    slot = yesterday + 5 * HOUR + 7
    with Session(committed) as session, session.begin():
        check_record.record(session, [observe(monitor, slot, UP)], now=at(present))
    with Session(committed) as session:
        assert session.scalars(select(RollupDirty.from_slot)).all() == [hour_of(slot)]
        assert every_row(session) == []
    swept(committed, present)
    with Session(committed) as session:
        assert session.scalars(select(MonitorHour.from_slot)).all() == [hour_of(slot)]
        assert session.scalars(select(MonitorDay.up)).all() == [1]
        assert session.scalars(select(RollupDirty)).all() == []


def test_a_known_result_that_replaces_an_unknown_one_late_is_noted_too(session: Session) -> None:
    present = int(database_now(session).timestamp())
    monitor = watch(session, from_slot=present - DAY)
    slots = (present - 2 * HOUR, present)
    for number, result in enumerate((UNKNOWN, UP), start=1):
        observed = [observe(monitor, slot, result) for slot in slots]
        check_record.record(session, observed, now=at(present))
        assert session.scalars(select(RollupDirty.from_slot)).all() == [hour_of(slots[0])] * number
    with acting(session, "downtime_housekeeping"):
        found = late_rows.take(session, before=present, limit=10)
    assert found == {(monitor.id, hour_of(slots[0]))}


@pytest.mark.parametrize("role", ["downtime_checks", "downtime_dispatch"])
def test_whoever_records_has_the_right_to_note(session: Session, role: str) -> None:
    monitor = watch(session, from_slot=DAY_ONE)
    with acting(session, role):
        late_rows.note(session, [observe(monitor, DAY_ONE, UP)])
    assert session.scalars(select(RollupDirty.monitor_id)).all() == [monitor.id]


def test_a_late_row_of_an_hour_that_was_not_rolled_up_yet_waits(session: Session) -> None:
    monitor = watch(session, from_slot=DAY_ONE)
    late_rows.note(session, [observe(monitor, DAY_ONE, UP)])
    assert late_rows.take(session, before=DAY_ONE, limit=10) == set()
    assert late_rows.take(session, before=DAY_ONE + 1, limit=10) == {(monitor.id, DAY_ONE)}


def test_the_day_of_hours_that_are_gone_stays_as_it_is(session: Session) -> None:
    monitor = watch(session, from_slot=DAY_ONE)
    store(session, [check(monitor, DAY_ONE + 1, Outcome.UP, 7)])
    late_rows.note(session, [observe(monitor, DAY_ONE + 1, UP)])
    set_until(session, DAY_ONE + 40 * DAY)
    sweep.sweep(session, now=at(DAY_ONE + 40 * DAY))
    assert every_row(session) == []
    assert session.scalars(select(RollupDirty)).all() == []


def test_a_result_in_time_costs_no_statement_more(session: Session, connection: Connection) -> None:
    monitor = watch(session, from_slot=DAY_ONE)
    seen: list[str] = []

    def note(_: object, __: object, sql: str, *___: object) -> None:
        seen.append(sql)

    check_record.record(session, [observe(monitor, DAY_ONE, UP)], now=at(DAY_ONE))
    event.listen(connection, "before_cursor_execute", note)
    check_record.record(session, [observe(monitor, DAY_ONE + 60, UP)], now=at(DAY_ONE + 60))
    event.remove(connection, "before_cursor_execute", note)
    # The row, and the state that it settles.
    assert len([each for each in seen if "SAVEPOINT" not in each]) == 3, seen
    assert not any("rollup" in each for each in seen)


def test_a_sweep_that_is_killed_at_any_statement_loses_and_doubles_nothing(
    committed: Engine,
) -> None:
    monitor = prepared(committed)
    checks = draw(Random(3), monitor, low=DAY_ONE, high=DAY_ONE + DAY, step=300)
    with Session(committed) as session, session.begin():
        store(session, checks)
        late_rows.note(session, [observe(monitor, DAY_ONE + 5, UP)])
    now, statement = DAY_ONE + DAY + OVER, 1
    swept(committed, DAY_ONE + 20 * HOUR + OVER)
    while _killed_at(committed, statement, now):
        statement += 1
    assert statement > 5
    swept(committed, now)
    assert swept(committed, now) == DAY_ONE + DAY
    with Session(committed) as session:
        (day,) = rows.read(session, MonitorDay, [monitor.id], low=DAY_ONE, high=now)
        hours = rows.read(session, MonitorHour, [monitor.id], low=DAY_ONE, high=now)
        assert session.scalars(select(RollupDirty)).all() == []
    assert day.rollup == expected(checks)
    assert sum(each.rollup.up for each in hours) == day.rollup.up


def _killed_at(engine: Engine, statement: int, now: int) -> bool:
    """Sweep once, and let the server lose the process at a statement; return whether it came so far."""
    left = statement
    with Session(engine) as session, engine.connect() as other:
        pid = session.execute(select(func.pg_backend_pid())).scalar_one()

        def count(*_: object) -> None:
            nonlocal left
            left -= 1
            if not left:
                other.execute(select(func.pg_terminate_backend(pid)))

        event.listen(session.connection(), "before_cursor_execute", count)
        try:
            sweep.sweep(session, now=at(now))
            session.commit()
        except OperationalError:
            return True
    return False


def test_a_late_row_of_a_day_that_is_only_archived_is_refused_and_counted(
    session: Session,
) -> None:
    """The roll-ups of the day could be made again only of all its checks."""
    monitor = watch(session, from_slot=DAY_ONE - DAY)
    writing.hours(session, [monitor.id], low=DAY_ONE - DAY, high=DAY_ONE)
    before = every_row(session)
    set_until(session, DAY_ONE)
    day = at(DAY_ONE - DAY).date()
    session.add(
        ArchiveDay(
            day=day,
            shard=0,
            state=ArchiveState.CURRENT,
            revision=1,
            is_whole=True,
            rows=0,
            failures=0,
            late_seen=0,
            changed_at=at(DAY_ONE),
            dropped_at=at(DAY_ONE),
        )
    )
    store(session, [check(monitor, DAY_ONE - DAY + 5, Outcome.UP, 1000)])
    late_rows.note(session, [observe(monitor, DAY_ONE - DAY + 5, UP)])
    with acting(session, "downtime_housekeeping"):
        sweep.sweep(session, now=at(DAY_ONE + OVER))
    assert every_row(session) == before
    assert progress.refused_hours(session) == 1
    # A restored day takes it.
    session.get_one(ArchiveDay, (day, 0)).restored_until = at(DAY_ONE).date()
    late_rows.note(session, [observe(monitor, DAY_ONE - DAY + 5, UP)])
    with acting(session, "downtime_housekeeping"):
        sweep.sweep(session, now=at(DAY_ONE + OVER))
    assert progress.refused_hours(session) == 1
    assert every_row(session) != before
