"""Exports are made part by part: each once, by one worker at a time, whoever dies on the way."""

import gzip
from dataclasses import replace
from datetime import datetime, timedelta

import pyrage
import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from models import Export, ExportChunk, ExportPart, Monitor
from models.export import ExportState
from models.session import database_now
from server.resources import Transactions
from services.errors import Conflict
from services.exports import exports
from services.exports import worker as export_worker
from services.exports.exports import ExportValues
from services.exports.sources import PAGE_ROWS
from services.exports.worker import LEASE, Claim, Made, PartClaim, Stopped
from tasks import export_parts
from tests.factories.exports import IDENTITY, RECIPIENT
from tests.services.watched import watch

ROWS = 105_000
"""More than one part holds."""


@pytest.fixture
def now(session: Session) -> datetime:
    return database_now(session)


@pytest.fixture
def monitor(session: Session, now: datetime) -> Monitor:
    return watch(session, from_slot=int(now.timestamp()) - 90_000)


def fill(session: Session, monitor: Monitor, now: datetime, *, rows: int, regions: int = 1) -> None:
    """Write as many good checks as asked for, one a second in each region, until now."""
    session.execute(
        text(
            "INSERT INTO check_results SELECT :monitor, slot, :organization, 20000, region,"
            ' CAST(0 AS "char"), CAST(0 AS "char"), 200, 1, 2, 3, 15, 0'
            " FROM generate_series(:first, :last) AS slot,"
            " generate_series(1, :regions) AS region"
        ),
        {
            "monitor": monitor.id,
            "organization": monitor.organization_id,
            "first": int(now.timestamp()) - rows // regions,
            "last": int(now.timestamp()) - 1,
            "regions": regions,
        },
    )


def ask(session: Session, organization_id: int, now: datetime, **values: str) -> PartClaim:
    usual = {"document": "checks", "format": "ndjson", "container": "age", "recipient": RECIPIENT}
    start = now - timedelta(days=2)
    wanted = ExportValues(**{**usual, **values}, start=start, end=now)  # type: ignore[arg-type]
    export = exports.request(session, organization_id, wanted, now=now).export
    session.commit()
    return PartClaim(export.id, export.claim)


def begun(session: Session, turn: PartClaim, now: datetime) -> Claim:
    claim = export_worker.begin(session, turn, now=now)
    session.commit()
    assert claim is not None
    return claim


def state(session: Session, turn: PartClaim) -> Export:
    session.expire_all()
    return session.get_one(Export, turn.export_id)


def lines(session: Session, part: int) -> list[bytes]:
    chunks = session.scalars(
        select(ExportChunk.content).where(ExportChunk.part == part).order_by(ExportChunk.number)
    )
    return gzip.decompress(pyrage.decrypt(b"".join(chunks), [IDENTITY])).splitlines()


def test_a_long_export_has_parts_that_hold_each_row_once(
    session: Session, transaction: Transactions, monitor: Monitor, now: datetime
) -> None:
    fill(session, monitor, now, rows=ROWS)
    turn = ask(session, monitor.organization_id, now)
    first = begun(session, turn, now)
    made = export_parts.make(first, transaction)
    with transaction() as other:
        assert export_worker.finish_part(other, first, made, now=now)
    half = state(session, turn)
    assert (half.state, half.rows) == (ExportState.RUNNING, 100_000)
    assert 0.3 < half.progress < 1
    second = begun(session, PartClaim(turn.export_id, first.number), now)
    rest = export_parts.make(second, transaction)
    with transaction() as other:
        assert not export_worker.finish_part(other, second, rest, now=now)
    done = state(session, turn)
    assert (done.state, done.rows, done.progress) == (ExportState.DONE, ROWS, 1.0)
    both = lines(session, 1) + lines(session, 2)
    assert len(set(both)) == len(both) == ROWS


def test_pages_end_anywhere_and_lose_nothing(
    session: Session, transaction: Transactions, now: datetime
) -> None:
    monitor = watch(session, from_slot=int(now.timestamp()) - 90_000)
    session.execute(text("INSERT INTO regions (id, name) VALUES (2, 'north'), (3, 'south')"))
    fill(session, monitor, now, rows=3 * (PAGE_ROWS - 1000), regions=3)
    turn = ask(session, monitor.organization_id, now)
    made = export_parts.make(begun(session, turn, now), transaction)
    assert made.rows == 3 * (PAGE_ROWS - 1000)
    assert len(set(lines(session, 1))) == made.rows


def test_who_takes_over_after_a_kill_makes_the_part_anew(
    session: Session, transaction: Transactions, monitor: Monitor, now: datetime
) -> None:
    fill(session, monitor, now, rows=100)
    turn = ask(session, monitor.organization_id, now)
    killed = begun(session, turn, now)
    export_worker.write(session, killed, 0, b"half of it", now=now)
    session.commit()
    again = PartClaim(turn.export_id, killed.number)
    assert export_worker.begin(session, again, now=now + LEASE / 2) is None
    later = now + LEASE + timedelta(seconds=10)
    assert export_worker.stranded(session, now=later, limit=10) == [again]
    heir = begun(session, again, later)
    made = export_parts.make(heir, transaction)
    with transaction() as other:
        export_worker.finish_part(other, heir, made, now=later)
    assert len(lines(session, 1)) == 100
    # The first one was only stopped, and goes on: nothing of it is taken any more.
    for late in (
        lambda: export_worker.read(session, killed, None, now=later),
        lambda: export_worker.write(session, killed, 1, b"late", now=later),
        lambda: export_worker.finish_part(session, killed, replace(made, rows=1), now=later),
    ):
        with pytest.raises(Stopped):
            late()
    export_worker.fail(session, killed, "Late.", now=later)
    assert state(session, turn).state is ExportState.DONE
    assert session.scalars(select(func.count(ExportPart.number))).one() == 1


def test_a_message_that_comes_twice_is_worked_off_once(
    session: Session, transaction: Transactions, monitor: Monitor, now: datetime
) -> None:
    fill(session, monitor, now, rows=ROWS)
    turn = ask(session, monitor.organization_id, now)
    claim = begun(session, turn, now)
    assert export_worker.begin(session, turn, now=now) is None
    made = export_parts.make(claim, transaction)
    with transaction() as other:
        export_worker.finish_part(other, claim, made, now=now)
    assert export_worker.begin(session, turn, now=now) is None
    assert (
        export_worker.begin(session, PartClaim(turn.export_id, claim.number), now=now) is not None
    )


def test_what_is_deleted_stops_in_the_middle(
    session: Session, transaction: Transactions, monitor: Monitor, now: datetime
) -> None:
    fill(session, monitor, now, rows=100)
    turn = ask(session, monitor.organization_id, now)
    claim = begun(session, turn, now)
    exports.delete(session, monitor.organization_id, state(session, turn).public_id, now=now)
    session.commit()
    with pytest.raises(Stopped):
        export_parts.make(claim, transaction)
    assert (
        export_worker.begin(session, PartClaim(turn.export_id, claim.number), now=now + LEASE)
        is None
    )
    assert state(session, turn).state is ExportState.CANCELLED


def test_what_cannot_be_made_is_given_up_and_says_so(
    session: Session, monitor: Monitor, now: datetime
) -> None:
    turn = ask(session, monitor.organization_id, now)
    for number in range(5):
        begun(session, PartClaim(turn.export_id, number), now + number * LEASE)
    assert export_worker.begin(session, PartClaim(turn.export_id, 5), now=now + 5 * LEASE) is None
    given_up = state(session, turn)
    assert given_up.state is ExportState.FAILED
    assert given_up.problem is not None
    assert export_worker.stranded(session, now=now + 9 * LEASE, limit=10) == []


def test_an_export_that_grows_too_large_is_ended(
    session: Session, monitor: Monitor, now: datetime
) -> None:
    turn = ask(session, monitor.organization_id, now)
    claim = begun(session, turn, now)
    after = {"monitor": monitor.id, "slot": 1, "region": 1}
    made = Made(100_000, 5 * 1024**3, "00" * 32, after, 0.1)
    assert not export_worker.finish_part(session, claim, made, now=now)
    ended = state(session, turn)
    assert (ended.state, ended.expires_at) == (ExportState.FAILED, None)
    assert "too large" in str(ended.problem)


def test_an_organization_cannot_fill_the_disk(
    session: Session, transaction: Transactions, monitor: Monitor, now: datetime
) -> None:
    turn = ask(session, monitor.organization_id, now)
    claim = begun(session, turn, now)
    made = replace(export_parts.make(claim, transaction), size_bytes=5 * 1024**3)
    with transaction() as other:
        assert not export_worker.finish_part(other, claim, made, now=now)
    with pytest.raises(Conflict, match="5 GiB"):
        ask(session, monitor.organization_id, now)


def test_daily_figures_have_a_row_for_each_day_that_was_watched(
    session: Session, transaction: Transactions, monitor: Monitor, now: datetime
) -> None:
    fill(session, monitor, now, rows=60)
    turn = ask(session, monitor.organization_id, now, document="daily")
    made = export_parts.make(begun(session, turn, now), transaction)
    # 25 hours touch two days, or three.
    assert made.rows in {2, 3}
