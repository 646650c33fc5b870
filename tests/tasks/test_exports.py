"""Exports by real workers: handed over, part by part, and finished by another when one is killed."""

import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import time
from typing import Any

import pyrage
import pytest
from celery import Celery
from redis import Redis
from sqlalchemy import Engine, select, text, update
from sqlalchemy.orm import Session

from devstack.roles import ROLES
from models import Export, ExportChunk, Monitor
from models.export import ExportState
from services.exports import exports
from services.exports.exports import ExportValues
from services.exports.worker import PartClaim
from tests.devstack.eventually import eventually
from tests.factories.exports import IDENTITY, RECIPIENT
from tests.servers import forks
from tests.services.exports.test_worker import fill
from tests.services.watched import watch
from tests.tasks.queue_worker import keys_of

pytestmark = pytest.mark.usefixtures("celery")

QUEUE = "q.exports"


@contextmanager
def worker(directory: Path) -> Iterator[forks.Fork]:
    """Run one process of the role, with the keys of just that role."""
    (role,) = (role for role in ROLES if role.name == "worker-exports")
    program, *words = role.words()
    assert program == "celery"
    keys = {"DOWNTIME_MESSAGE_KEYS": keys_of("exports")}
    process = forks.celery(*words, log=directory / f"{time()}.log", settings=keys)
    try:
        yield process
    finally:
        process.end(30)


def requested(engine: Engine, *, rows: int, **values: Any) -> tuple[PartClaim, Monitor]:  # noqa: ANN401
    """Write so many checks, and ask for them."""
    now = datetime.now(UTC)
    with Session(engine, expire_on_commit=False) as session, session.begin():
        monitor = watch(session, from_slot=int(time()) - 90_000)
        fill(session, monitor, now, rows=rows)
        usual: dict[str, Any] = {
            "document": "checks",
            "format": "csv",
            "container": "age",
            "recipient": RECIPIENT,
        }
        wanted = ExportValues(**usual, start=now - timedelta(days=3), **values)
        export = exports.request(session, monitor.organization_id, wanted, now=now).export
        return PartClaim(export.id, export.claim), monitor


def export_of(engine: Engine, turn: PartClaim) -> Export:
    with Session(engine) as session:
        return session.get_one(Export, turn.export_id)


def looked_after(engine: Engine, redis: Redis, turn: PartClaim) -> Export:
    """Return it; handed over again, as beat has it done, if its worker lost the database meanwhile."""
    if not redis.llen(QUEUE):
        sweep()
    return export_of(engine, turn)


def is_at_the_second_part(export: Export) -> bool:
    return export.rows == 100_000 and export.lease_until > datetime.now(UTC)


def hand_over(turn: PartClaim) -> None:
    from tasks.exports import hand_over as send  # noqa: PLC0415 - the settings exist only now

    send(turn)


def lines(engine: Engine, part: int) -> int:
    with Session(engine) as session:
        chunks = session.scalars(
            select(ExportChunk.content).where(ExportChunk.part == part).order_by(ExportChunk.number)
        ).all()
    plain = gzip.decompress(pyrage.decrypt(b"".join(chunks), [IDENTITY]))
    return plain.count(b"\r\n") - 1


@contextmanager
def kept_from_writing(engine: Engine, turn: PartClaim, *, part: int) -> Iterator[None]:
    """Let nobody finish a part meanwhile: whoever writes its first chunk waits for this one."""
    with Session(engine) as session:
        export = session.get_one(Export, turn.export_id)
        # Without the foreign key, whose lock would keep workers from the export altogether.
        session.execute(text("SET LOCAL session_replication_role = replica"))
        session.add(
            ExportChunk(
                export_id=export.id,
                part=part,
                number=0,
                organization_id=export.organization_id,
                content=b"",
            )
        )
        session.flush()
        yield
        session.rollback()


def test_a_worker_that_is_killed_leaves_the_rest_to_the_next_one(
    committed: Engine, redis: Redis, tmp_path: Path
) -> None:
    turn, _ = requested(committed, rows=100_010)
    hand_over(turn)
    with kept_from_writing(committed, turn, part=2), worker(tmp_path) as first:
        eventually(lambda: is_at_the_second_part(looked_after(committed, redis, turn)), seconds=400)
        first.kill()
        first.wait()
    left = export_of(committed, turn)
    assert (left.state, left.rows) == (ExportState.RUNNING, 100_000)
    # As if the lease had run out, and the message were lost.
    redis.flushdb()
    with Session(committed) as session, session.begin():
        session.execute(update(Export).values(lease_until=datetime.now(UTC) - timedelta(minutes=1)))
    sweep()
    assert redis.llen(QUEUE) == 1
    with worker(tmp_path):
        eventually(
            lambda: looked_after(committed, redis, turn).state is ExportState.DONE, seconds=400
        )
    done = export_of(committed, turn)
    assert (done.rows, done.progress) == (100_010, 1.0)
    assert (lines(committed, 1), lines(committed, 2)) == (100_000, 10)


def sweep() -> None:
    from tasks import exports as tasks  # noqa: PLC0415 - the settings exist only now

    tasks.sweep()


def test_each_part_hands_over_the_next_one(committed: Engine, redis: Redis, celery: Celery) -> None:
    from tasks import exports as tasks  # noqa: PLC0415 - the settings exist only now

    del celery
    turn, _ = requested(committed, rows=100_010)
    tasks.run(*turn)
    assert export_of(committed, turn).state is ExportState.RUNNING
    assert redis.llen(QUEUE) == 1
    tasks.run(turn.export_id, export_of(committed, turn).claim)
    assert export_of(committed, turn).state is ExportState.DONE
    assert redis.llen(QUEUE) == 1


def test_what_cannot_be_encrypted_has_failed_and_says_why(committed: Engine) -> None:
    from tasks import exports as tasks  # noqa: PLC0415 - the settings exist only now

    turn, _ = requested(committed, rows=10)
    with Session(committed) as session, session.begin():
        gone = "6a1a5c0e-0000-4000-8000-000000000000"
        session.execute(update(Export).values(container="jwe", recipient=gone))
    tasks.run(*turn)
    failed = export_of(committed, turn)
    assert (failed.state, failed.problem) == (
        ExportState.FAILED,
        "The recipient is no longer active.",
    )


def test_what_expired_loses_its_bytes_in_the_background(committed: Engine) -> None:
    from tasks import exports as tasks  # noqa: PLC0415 - the settings exist only now

    turn, _ = requested(committed, rows=10)
    tasks.run(*turn)
    with Session(committed) as session, session.begin():
        session.execute(update(Export).values(expires_at=datetime.now(UTC)))
    tasks.forget()
    assert export_of(committed, turn).state is ExportState.EXPIRED
    with Session(committed) as session:
        assert session.scalars(select(ExportChunk.number)).all() == []
