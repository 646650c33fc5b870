"""The made-up history in the tables: every reader finds one story, and real checks go on from it."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Connection, func, select, text
from sqlalchemy.orm import Session

from domain.analytics.rollup import HOUR
from domain.evaluation import heartbeat
from domain.evaluation.outcome import Outcome
from domain.evaluation.slots import FOREVER, SHARDS
from domain.evaluation.state import State
from models import (
    CheckFailure,
    CheckResult,
    Delivery,
    Incident,
    MaintenanceSpan,
    Monitor,
    MonitorHour,
    MonitorState,
    Schedule,
)
from models.delivery import DeliveryState
from models.session import database_now
from services.analytics import bars, monitor_report, organization_report
from services.checks import dispatch
from services.heartbeats import sweep as heartbeat_sweep
from services.maintenance import active as active_maintenance
from services.rollups import progress, reading
from services.time_range import Window
from services.warnings import error_budgets, slo_burn

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.fixture
def connection(shop: Connection) -> Iterator[Connection]:
    with shop.begin_nested() as savepoint:
        yield shop
        savepoint.rollback()


def monitors(session: Session) -> dict[str, Monitor]:
    return {each.name: each for each in session.scalars(select(Monitor))}


def test_list_detail_and_analysis_agree_on_the_uptime(session: Session) -> None:
    now = database_now(session)
    every = monitors(session)
    (owner,) = {each.organization_id for each in every.values()}
    window = bars.window(zone=BERLIN, now=now)
    listed = bars.of_monitors(session, owner, list(every.values()), zone=BERLIN, now=now)
    total = organization_report.of_organization(session, owner, window, worst=5, now=now)
    down = 0.0
    for name, monitor in every.items():
        detail = monitor_report.of_monitor(session, monitor, window, threshold_ms=None, now=now)
        figures = detail.current.reliability.uptime
        assert bars.total(listed[monitor.id]).percent == pytest.approx(figures.percent), name
        down += figures.down
    assert total.current.reliability.uptime.down == pytest.approx(down)
    assert total.worst[0].monitor.name == "nightly-backup"


def test_every_state_of_the_story_is_there(session: Session) -> None:
    rows = session.execute(select(Monitor, MonitorState).join(MonitorState)).all()
    states = {row.Monitor.name: row.MonitorState.state for row in rows}
    assert states["Product search"] is states["nightly-backup"] is State.DOWN
    assert states["Images CDN"] is State.DEGRADED
    assert states["Office VPN"] is State.PAUSED
    assert states["Checkout API"] is states["invoice-export"] is State.UP
    open_ones = {each.monitor_id for each in session.scalars(select(Incident)) if not each.ended_at}
    assert open_ones == {row.Monitor.id for row in rows if row.MonitorState.incident_open}


def test_incidents_agree_with_the_rows_of_the_last_day(session: Session) -> None:
    since = database_now(session) - timedelta(hours=23)
    incidents = session.scalars(select(Incident).where(Incident.started_at > since)).all()
    assert incidents
    for incident in incidents:
        first, following = session.execute(
            select(CheckResult.outcome, CheckFailure.detail)
            .join(
                CheckFailure,
                (CheckFailure.monitor_id == CheckResult.monitor_id)
                & (CheckFailure.slot == CheckResult.slot),
            )
            .where(
                CheckResult.monitor_id == incident.monitor_id,
                CheckResult.slot == int(incident.started_at.timestamp()),
            )
        ).one()
        assert first is Outcome(incident.severity)
        assert following.partition(" ")[0] == incident.detail.partition(" ")[0]
        assert incident.ended_at is None or _outcome(session, incident) is Outcome.UP


def _outcome(session: Session, incident: Incident) -> Outcome:
    ended = incident.ended_at.timestamp() if incident.ended_at else 0
    return session.scalars(
        select(CheckResult.outcome).where(
            CheckResult.monitor_id == incident.monitor_id, CheckResult.slot == int(ended)
        )
    ).one()


def test_all_messages_were_sent_but_one(session: Session) -> None:
    states = dict(
        session.execute(select(Delivery.state, func.count()).group_by(Delivery.state)).all()
    )
    assert states.pop(DeliveryState.SENT) > 50
    assert states == {DeliveryState.DEAD: 1, DeliveryState.CANCELLED: 1}


def test_a_dispatcher_neither_repeats_nor_closes_a_slot_of_the_past(session: Session) -> None:
    now = int(database_now(session).timestamp())
    session.execute(
        text("UPDATE dispatch_shards SET watermark = :now - 2, verified = :old, closed = :old"),
        {"now": now, "old": now - 300},
    )
    before = _rows(session)
    claim = dispatch.claim(session, *range(SHARDS))
    assert claim is not None
    begins = dict(
        session.execute(
            select(Schedule.monitor_id, Schedule.from_slot).where(Schedule.until_slot == FOREVER)
        ).all()
    )
    assert all(each.slot >= begins[each.monitor_id] for each in claim.due)
    assert _rows(session) == before
    assert Outcome.UNKNOWN not in session.scalars(select(CheckResult.outcome).distinct()).all()


def _rows(session: Session) -> int:
    return session.execute(select(func.count()).select_from(CheckResult)).scalar_one()


def test_sweeps_find_nothing_to_say_about_the_past(session: Session) -> None:
    now = database_now(session)
    before = session.scalar(select(func.count()).select_from(Delivery))
    heartbeat_sweep.sweep(session, now=now)
    slo_burn.sweep(session, now=now)
    session.flush()
    assert session.scalar(select(func.count()).select_from(Delivery)) == before


def test_the_error_budget_burns(session: Session) -> None:
    owner, now = monitors(session)["Checkout API"].organization_id, database_now(session)
    [burning] = error_budgets.burning(session, owner, now=now, limit=5)
    assert burning.view.monitor_name == "Checkout API"
    assert burning.status.budget.left < 0


def test_maintenance_runs_and_was_every_week(session: Session) -> None:
    now, every = database_now(session), monitors(session)
    stock, database = every["Warehouse stock"].id, every["Orders database"].id
    assert set(active_maintenance.until(session, [stock], now=now)) == {stock}
    past = [
        each
        for each in session.scalars(select(MaintenanceSpan).where(MaintenanceSpan.ends_at < now))
        if database in each.monitor_ids
    ]
    assert len(past) in {4, 5}


def test_latency_is_rolled_up_for_thirty_days(session: Session) -> None:
    now = database_now(session)
    shop = monitors(session)["Shop front page"]
    for days, checks in ((1, 2_880), (7, 20_160), (29, 83_520)):
        found = reading.of_monitor(session, shop, Window(now - timedelta(days=days), now))
        assert found is not None
        counted = found.up + found.down + found.unknown
        assert counted == pytest.approx(checks, abs=130)
        assert 30_000 < found.percentiles([0.5])[0] < 70_000
    until = progress.until(session)
    assert until % HOUR == 0
    last = session.scalar(
        select(func.max(MonitorHour.from_slot)).where(MonitorHour.monitor_id == shop.id)
    )
    assert last == until - HOUR


def test_jobs_have_a_row_only_when_they_reported(session: Session) -> None:
    now: datetime = database_now(session)
    backup = monitors(session)["nightly-backup"]
    assert backup.kind == heartbeat.KIND
    slots = session.scalars(select(CheckResult.slot).where(CheckResult.monitor_id == backup.id))
    assert all(slot <= now.timestamp() for slot in slots.all())
