"""What is long over is forgotten, with what belongs to it, and nothing else is."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from domain.evaluation.slots import FOREVER
from models import (
    Base,
    Contact,
    Delivery,
    Incident,
    IncidentNote,
    MaintenanceSpan,
    MaintenanceWindow,
    Monitor,
    OnCallOverride,
    OnCallSchedule,
    Schedule,
    SigningKey,
    TextUsage,
)
from models.incident import Resolution
from models.incident_note import NoteKind
from models.signing_key import SigningKeyState
from services import time_range
from services.errors import Invalid
from services.incidents import timeline as incident_timeline
from services.operations import retention
from tests.services.outage import EMAIL, NOW, broken, end, watched
from tests.services.relaying import notify

KEPT, HISTORY, MOMENT = retention.KEPT, time_range.HISTORY, timedelta(seconds=1)
AGES = (timedelta(0), MOMENT)


def forget(session: Session, table: type[Base], *, now: datetime = NOW) -> int:
    """Forget what is over in a table; return how many rows are left."""
    session.flush()
    assert not retention.forget(session, table.__tablename__, now=now)
    session.expire_all()
    return count(session, table)


def count(session: Session, table: type[Base]) -> int:
    return session.scalars(select(func.count()).select_from(table)).one()


def test_a_deleted_monitor_goes_with_all_its_history_and_one_that_is_watched_stays(
    session: Session,
) -> None:
    gone, just, stays = (watched(session, EMAIL) for _ in range(3))
    gone.deleted_at, just.deleted_at = NOW - KEPT - MOMENT, NOW - KEPT
    for monitor in (gone, stays):
        incident = broken(session, monitor)
        notify(session, incident)
        incident_timeline.write(session, incident, NoteKind.RELEASED, now=NOW)
    assert forget(session, Monitor) == 2
    left = {just.id, stays.id}
    assert set(session.scalars(select(Monitor.id))) == left
    assert [count(session, table) for table in (Incident, IncidentNote, Delivery)] == [1, 1, 1]


def test_an_incident_goes_when_its_time_is_over_and_one_that_goes_on_never(
    session: Session,
) -> None:
    kept = []
    for age in AGES:
        incident = broken(session, watched(session), now=NOW - HISTORY - timedelta(days=1))
        end(session, incident, at=NOW - HISTORY - age)
        kept.append(incident.id)
    kept[1] = broken(session, watched(session), now=NOW - 2 * HISTORY).id
    assert forget(session, Incident) == 2
    assert list(session.scalars(select(Incident.id).order_by(Incident.id))) == kept


def test_incidents_that_follow_one_another_go_from_the_last_to_the_first(session: Session) -> None:
    monitor = watched(session)
    for age in (3, 2, 1):
        before = session.scalars(select(Incident.id).order_by(Incident.id.desc()).limit(1)).first()
        incident = broken(session, monitor, now=NOW - HISTORY - timedelta(days=age, hours=1))
        incident.follows_id = before
        incident.ended_at = NOW - HISTORY - timedelta(days=age)
        incident.resolution = Resolution.WORSENED
        session.flush()
    assert [forget(session, Incident) for _ in range(3)] == [2, 1, 0]


def window(session: Session, **values: object) -> MaintenanceWindow:
    made = MaintenanceWindow(
        organization_id=watched(session).organization_id,
        name="Night",
        time_zone="UTC",
        local_start=NOW.replace(tzinfo=None),
        duration_seconds=3600,
        all_monitors=True,
        monitor_ids=[],
        tags=[],
        **values,
    )
    session.add(made)
    session.flush()
    return made


def span(session: Session, of: MaintenanceWindow, ends_at: datetime) -> None:
    row = MaintenanceSpan(
        organization_id=of.organization_id,
        maintenance_window_id=of.id,
        began_at=ends_at - timedelta(hours=1),
        ends_at=ends_at,
        all_monitors=True,
        monitor_ids=[],
        tags=[],
    )
    session.add(row)
    session.flush()


def test_times_of_maintenance_go_with_the_history_and_then_their_windows(session: Session) -> None:
    old = {"updated_at": NOW - HISTORY - MOMENT}
    over = window(session, **old)
    deleted = window(session, deleted_at=NOW - KEPT - MOMENT)
    recurs = window(session, spanned_until=NOW, **old)
    window(session)
    for age in AGES:
        for of in (over, recurs, deleted):
            span(session, of, NOW - HISTORY - age)
    assert forget(session, MaintenanceWindow) == 4, "their times are still there"
    assert forget(session, MaintenanceSpan) == 3
    assert forget(session, MaintenanceSpan, now=NOW + MOMENT) == 0
    assert forget(session, MaintenanceWindow) == 2


def test_what_else_is_long_over_goes(session: Session) -> None:
    monitor = watched(session, EMAIL)
    owner = {"organization_id": monitor.organization_id}
    contact_id = session.scalars(select(Contact.id)).one()
    schedule = OnCallSchedule(name="Night", time_zone="UTC", **owner)
    session.add(schedule)
    session.flush()
    for age in AGES:
        ends_at = NOW - KEPT - age * 7200
        session.add(
            OnCallOverride(
                on_call_schedule_id=schedule.id,
                contact_id=contact_id,
                starts_at=ends_at - timedelta(hours=1),
                ends_at=ends_at,
                **owner,
            )
        )
        month = (NOW - KEPT - age * 86_400).date()
        session.add(TextUsage(month=month, segments=1, **owner))
    assert forget(session, OnCallOverride) == 1
    assert forget(session, TextUsage) == 1


def test_stretches_that_ended_before_the_history_begins_go(session: Session) -> None:
    monitor = watched(session)
    begin = int((NOW - HISTORY).timestamp())
    for from_slot, until_slot in ((begin - 9, begin - 1), (begin - 1, begin), (begin, FOREVER)):
        span = {"from_slot": from_slot, "until_slot": until_slot, "region_ids": [1]}
        place = {"monitor_id": monitor.id, "organization_id": monitor.organization_id}
        session.add(Schedule(**span, **place, shard=0, interval_seconds=60, phase=0))
    assert forget(session, Schedule) == 2


def test_only_signing_keys_that_nobody_believes_are_forgotten(session: Session) -> None:
    long_ago = NOW - KEPT - MOMENT
    for state, changed_at in (
        (SigningKeyState.REVOKED, long_ago),
        (SigningKeyState.REVOKED, NOW - KEPT),
        (SigningKeyState.ACTIVE, long_ago),
    ):
        session.add(
            SigningKey(
                kid=f"{state} {changed_at}",
                state=state,
                public_key="",
                wrapped_by="k",
                wrapped=bytes(40),
                nonce=bytes(12),
                ciphertext=b"",
                created_at=changed_at,
                changed_at=changed_at,
            )
        )
    assert forget(session, SigningKey) == 2


def test_a_table_is_worked_off_some_rows_at_a_time(session: Session) -> None:
    for _ in range(retention.RULES["monitors"].batch + 1):
        watched(session).deleted_at = NOW - 2 * KEPT
    session.flush()
    assert retention.forget(session, "monitors", now=NOW)
    assert forget(session, Monitor) == 0


def test_nobody_is_told_of_a_time_whose_outages_are_forgotten() -> None:
    begin = NOW - HISTORY
    assert time_range.window(begin, begin + MOMENT, now=NOW).start == begin
    with pytest.raises(Invalid):
        time_range.window(begin - MOMENT, begin + MOMENT, now=NOW)
