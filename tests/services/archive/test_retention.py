"""How long an organization's archive is kept: by the settings, by its plan, and on legal hold."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.analytics.rollup import DAY
from models import ArchiveDay, ArchiveFile, Monitor
from models.session import database_now
from services.archive import retention, work
from services.archive.pending import Limits
from services.archive.retention import GRACE, Retention
from services.archive.upkeep import verification
from services.errors import Conflict
from tests.factories.organizations import organization
from tests.services.archive.rows.test_reading import every
from tests.services.archive.world import BEGIN, FIRST, World, moment

NOW = datetime(2026, 12, 1, tzinfo=UTC)
DEFAULT = 400
AGO = (datetime.now(UTC).date() - FIRST).days
"""How many days ago the archived day was."""


def asked(session: Session, organization_id: int, now: datetime = NOW) -> Retention:
    return retention.of(session, organization_id, default_days=DEFAULT, now=now)


def test_by_default_an_organization_keeps_what_the_settings_say(session: Session) -> None:
    owner = organization(session).id
    assert asked(session, owner) == Retention(shown_days=400, kept_days=400, is_held=False)
    retention.hold(session, owner, now=NOW)
    assert asked(session, owner) == Retention(shown_days=400, kept_days=400, is_held=True)


def test_a_shorter_period_hides_at_once_and_deletes_a_month_later(session: Session) -> None:
    owner = organization(session).id
    retention.set_days(session, owner, 90, default_days=DEFAULT, now=NOW)
    assert asked(session, owner) == Retention(shown_days=90, kept_days=400, is_held=False)
    # A second reduction within the month takes nothing of it away.
    later = NOW + timedelta(days=20)
    retention.set_days(session, owner, 30, default_days=DEFAULT, now=later)
    end = later + GRACE
    almost = asked(session, owner, end - timedelta(seconds=1))
    assert (almost.shown_days, almost.kept_days) == (30, 400)
    assert asked(session, owner, end).kept_days == 30


def test_a_longer_period_counts_at_once(session: Session) -> None:
    owner = organization(session).id
    retention.set_days(session, owner, 3650, default_days=DEFAULT, now=NOW)
    assert asked(session, owner) == Retention(shown_days=3650, kept_days=3650, is_held=False)
    retention.set_days(session, owner, None, default_days=DEFAULT, now=NOW)
    assert asked(session, owner).shown_days == 400


def test_an_organization_on_hold_cannot_be_deleted(session: Session) -> None:
    owner = organization(session).id
    retention.refuse_held(session, owner)
    retention.hold(session, owner, now=NOW)
    with pytest.raises(Conflict, match="legal hold"):
        retention.refuse_held(session, owner)
    retention.release(session, owner)
    retention.refuse_held(session, owner)


def archived(world: World, *, is_compacted: bool) -> list[Monitor]:
    """Archive a day of three organizations, and make its month one file for each."""
    monitors = world.filled()
    with world.owning() as session:
        for each in monitors:
            session.get_one(Monitor, each.id).created_at = moment(BEGIN - DAY)
            each.created_at = moment(BEGIN - DAY)
    world.finish()
    if is_compacted:
        world.compact()
    return monitors


def expire(world: World) -> None:
    """Do all work with a period of the settings that is shorter than the archive is old."""
    while work.some(world.archiver(), Limits(hot_days=7, kept_days=DEFAULT)):
        pass


@pytest.mark.parametrize("is_compacted", [False, True])
def test_held_and_longer_plans_are_untouched_when_others_leave(
    world: World, *, is_compacted: bool
) -> None:
    monitors = archived(world, is_compacted=is_compacted)
    _, held, longer = (each.organization_id for each in monitors)
    with world.owning() as session:
        now = database_now(session)
        retention.hold(session, held, now=now)
        retention.set_days(session, longer, AGO + 100, default_days=DEFAULT, now=now)
    before = {key for key in world.found() if key[0] != monitors[0].id}
    expire(world)
    assert world.found() == before
    assert world.organizations() == {held, longer}
    assert list(verification.problems(world.archiver())) == []
    with world.owning() as session:
        retention.release(session, held)
        # The longer plan ends: for a month nothing is deleted.
        retention.set_days(session, longer, 30, default_days=DEFAULT, now=database_now(session))
    expire(world)
    assert world.organizations() == {longer}
    with world.owning() as session:
        rows = session.scalars(select(ArchiveDay)).all()
        assert sum(row.rows for row in rows) == 2 * 144
        past = database_now(session) - GRACE
        retention.set_days(session, longer, AGO + 100, default_days=DEFAULT, now=past)
        retention.set_days(session, longer, 30, default_days=DEFAULT, now=past)
    expire(world)
    assert world.organizations() == set()
    with world.owning() as session:
        assert session.scalars(select(ArchiveDay).where(ArchiveDay.day == FIRST)).all() == []
        assert session.scalars(select(ArchiveFile).where(ArchiveFile.is_current)).all() == []
    assert list(verification.problems(world.archiver())) == []


@pytest.mark.parametrize("is_compacted", [False, True])
def test_a_shorter_plan_hides_what_is_not_deleted_yet(world: World, *, is_compacted: bool) -> None:
    monitor, other, _ = archived(world, is_compacted=is_compacted)
    assert len(every(world, monitor)) == 2 * 144

    def keep(days: int | None) -> Callable[[], None]:
        def act() -> None:
            with world.owning() as session:
                now = database_now(session)
                owner = monitor.organization_id
                retention.set_days(session, owner, days, default_days=AGO + 100, now=now)

        return act

    keep(AGO - 1)()
    assert every(world, monitor) == []
    assert len(every(world, other)) == 2 * 144
    keep(AGO)()
    assert len(every(world, monitor)) == 2 * 144
