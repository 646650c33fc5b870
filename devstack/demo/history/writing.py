"""Writes the history of the demo into the tables that checks write, with few statements."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from devstack.demo.history import check_rows, incidents, jobs, rollups
from devstack.demo.history.placing import Placed
from devstack.demo.organization import Shop
from devstack.demo.story.past import Story
from domain.evaluation.state import State
from models import BlindSpan, BurnRate, Slo
from models.slo import Indicator
from services.schedules import schedules

_BURNING = "Checkout API"
_BURNS_SINCE = timedelta(minutes=24)
_BURN_FACTOR = 6.0
"""The second rule of `domain.analytics.burn_rate`, of six hours and of half an hour."""


def write(session: Session, story: Story, shop: Shop, placed: Sequence[Placed]) -> None:
    """Write everything up to the end of the story. `go_on` is to follow in this transaction."""
    jobs.write(session, story, [each for each in placed if each.is_job])
    check_rows.write(session, story, placed)
    rollups.write(session, story, placed)
    incidents.write(session, story, shop, placed)
    _blind_spans(session, placed)
    for each in placed:
        _set_state(each)
        _end_schedule(session, each, story)
    _burn(session, story, placed)
    session.flush()


def go_on(session: Session, placed: Sequence[Placed], *, now: datetime) -> None:
    """Begin the real checks a little after now: a dispatcher sees the monitors by then.

    No slot lies between the history and the real checks, so nobody has to write rows there.
    """
    jobs.receive_until(session, now)
    for each in placed:
        if not each.is_job and each.watched.paused_at is None:
            schedules.resume(session, each.monitor, now=now)


def _blind_spans(session: Session, placed: Sequence[Placed]) -> None:
    rows = [
        {
            "monitor_id": each.monitor.id,
            "organization_id": each.monitor.organization_id,
            "from_slot": each.blind.start,
            "until_slot": each.blind.end,
        }
        for each in placed
        if each.blind
    ]
    if rows:
        session.execute(insert(BlindSpan), rows)


def _set_state(placed: Placed) -> None:
    state, present = placed.view.state, placed.present
    state.last_slot = placed.last
    state.blind_until = int(placed.blind.end) if placed.blind else 0
    state.state, state.since = State.UP, _moment(placed.first)
    if placed.watched.paused_at is not None:
        placed.monitor.paused = True
        placed.monitor.updated_at = placed.watched.paused_at
        state.state, state.since = State.PAUSED, placed.watched.paused_at
    elif present is not None:
        severity = present.outage.severity
        state.state, state.since = State(severity), _moment(present.start)
        state.incident_open = True
        state.incident_degraded = State(severity) is State.DEGRADED
    elif placed.outages:
        state.since = _moment(placed.outages[-1].end or placed.first)


def _end_schedule(session: Session, placed: Placed, story: Story) -> None:
    if not placed.is_job:
        ends_at = placed.watched.paused_at or story.now
        schedules.end(session, placed.monitor, now=ends_at - timedelta(seconds=1))


def _burn(session: Session, story: Story, placed: Sequence[Placed]) -> None:
    """Note that people know of the error budget, so that the sweep does not notify them again."""
    for each in placed:
        if each.watched.name == _BURNING:
            slos = session.scalars(select(Slo).where(Slo.monitor_id == each.monitor.id))
            session.add_all(
                BurnRate(
                    slo_id=slo.id,
                    organization_id=slo.organization_id,
                    since=story.now - _BURNS_SINCE,
                    factor=_BURN_FACTOR,
                    notified_factor=_BURN_FACTOR,
                )
                for slo in slos
                if slo.indicator is Indicator.AVAILABILITY
            )


def _moment(slot: int) -> datetime:
    return datetime.fromtimestamp(slot, UTC)
