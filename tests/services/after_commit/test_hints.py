"""Open pages hear of what was committed and is shown, and of no check that changes nothing."""

from datetime import datetime, timedelta

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from models import Monitor
from services.after_commit import hints
from services.checks import record as check_record
from services.maintenance import edges
from tests.factories import monitors as make
from tests.factories.organizations import organization
from tests.services.planned import at as at_minute
from tests.services.planned import plan
from tests.services.watched import DOWN, UP, at, observe, watch

NOW = 1_800_000_000


def noted(session: Session, monitor: Monitor, slot: int, result: object) -> list[str]:
    check_record.record(session, [observe(monitor, slot, result)], now=at(slot))  # type: ignore[arg-type]
    return sorted(hints.take(session).get(monitor.organization_id, ()))


def test_the_first_result_an_outage_and_its_end_are_told_and_other_checks_are_not(
    session: Session,
) -> None:
    monitor = watch(session, from_slot=NOW - 600)
    hints.take(session)
    assert noted(session, monitor, NOW, UP) == ["monitors"]
    assert noted(session, monitor, NOW + 60, UP) == []
    # A failure that is not confirmed yet shows in no state.
    assert noted(session, monitor, NOW + 120, DOWN) == []
    assert "monitors" in noted(session, monitor, NOW + 180, DOWN)
    assert noted(session, monitor, NOW + 240, DOWN) == []
    assert "monitors" in [
        *noted(session, monitor, NOW + 300, UP),
        *noted(session, monitor, NOW + 360, UP),
    ]


def test_several_changes_of_an_organization_are_one_hint(session: Session) -> None:
    one, two = organization(session), organization(session)
    for what in ("monitors", "incidents", "monitors"):
        hints.note(session, one.id, what)
    hints.note(session, two.id, "deliveries")
    assert hints.take(session) == {
        one.id: frozenset({"monitors", "incidents"}),
        two.id: frozenset({"deliveries"}),
    }
    assert hints.take(session) == {}


def test_what_was_rolled_back_is_told_to_nobody(committed: Engine) -> None:
    with Session(committed) as session:
        owner = organization(session).id
        savepoint = session.begin_nested()
        hints.note(session, owner, "monitors")
        savepoint.rollback()
        assert hints.take(session) == {}
        hints.note(session, owner, "incidents")
        session.rollback()
        assert hints.take(session) == {}


def _around(session: Session, minute: float) -> list[int]:
    def second(seconds: float) -> datetime:
        return at_minute(minute) + timedelta(seconds=seconds)

    edges.note(session, since=second(-1), now=second(1))
    return list(hints.take(session))


def test_the_begin_and_the_end_of_maintenance_are_told(session: Session) -> None:
    monitor = make.monitor(session, organization(session).id, now=at_minute(-60))
    plan(session, monitor, start=10, minutes=30)
    hints.take(session)
    assert _around(session, 10) == [monitor.organization_id]
    assert _around(session, 25) == []
    assert _around(session, 40) == [monitor.organization_id]
    assert _around(session, 41) == []
