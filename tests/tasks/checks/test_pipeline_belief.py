"""What a worker does not begin in time it leaves alone, and what its own network may have caused."""

import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from queue import SimpleQueue
from time import time

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from config.settings import load
from domain.evaluation.outcome import Cause, Outcome
from domain.evaluation.slots import TOLERANCE
from models import CheckFailure, CheckResult, Incident, Monitor
from probes.engine.fair_queue import NO_LIMITS, Limits
from security.egress.guard import EgressPolicy
from security.vault import KeyRing
from tasks.checks.pipeline import Pipeline, Worker
from tasks.checks.streaming import Request, Stored
from tests.servers import hostile
from tests.servers.raw import RawServer
from tests.servers.site import ScriptedSite
from tests.services.watched import rows_of, watch

Finished = SimpleQueue[Stored]


@contextmanager
def working(
    finished: Finished, *, references: Sequence[str] = (), limits: Limits = NO_LIMITS
) -> Iterator[Pipeline]:
    ring = KeyRing.from_settings(load())
    pipeline = Pipeline(
        Worker(EgressPolicy("any"), references=references),
        capacity=10,
        ring=ring,
        stored=finished.put,
        limits=limits,
    )
    pipeline.start()
    yield pipeline
    pipeline.stop()


@pytest.fixture
def finished() -> Finished:
    return SimpleQueue()


def watched(committed: Engine, url: str) -> Monitor:
    with Session(committed, expire_on_commit=False) as session:
        monitor = watch(session, from_slot=int(time()) - 300, confirmations=1)
        monitor.url = url
        session.commit()
    return monitor


def test_a_check_that_waits_past_its_time_is_given_back_without_a_row(
    committed: Engine, finished: Finished
) -> None:
    with RawServer(hostile.silence) as server:
        monitor = watched(committed, server.url)
        # It has two seconds left to begin, and the one before it takes four.
        late = int(time()) - TOLERANCE + 2
        with working(finished, limits=Limits(per_host=1)) as pipeline:
            pipeline.submit(Request(monitor.id, late + 5, 1, receipt="first"))
            pipeline.submit(Request(monitor.id, late, 1, receipt="late"))
            stored = finished.get(timeout=15)
            assert (stored.receipts, stored.stale, stored.outcomes) == (["late"], 1, ())
            assert finished.get(timeout=15).receipts == ["first"]
    with Session(committed) as session:
        assert rows_of(session, monitor) == {late + 5: Outcome.DOWN}


def test_invariant_1_a_worker_whose_network_is_gone_holds_nobody_down(
    committed: Engine, finished: Finished
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        nobody = f"127.0.0.1:{listener.getsockname()[1]}"
    monitor = watched(committed, f"http://{nobody}/")
    slot = int(time())
    with working(finished, references=[nobody]) as pipeline:
        pipeline.submit(Request(monitor.id, slot, 1, receipt=1))
        assert finished.get(timeout=15).outcomes == [Outcome.UNKNOWN]
    with Session(committed) as session:
        row = session.scalars(select(CheckResult)).one()
        assert (row.outcome, row.cause) == (Outcome.UNKNOWN, Cause.OWN_NETWORK)
        assert session.scalars(select(Incident)).all() == []


def test_with_its_network_there_down_is_down_and_its_evidence_is_stored(
    committed: Engine, finished: Finished
) -> None:
    with ScriptedSite() as site, ScriptedSite() as reference:
        site.answer = 503
        monitor = watched(committed, site.url)
        with working(finished, references=[reference.url]) as pipeline:
            pipeline.submit(Request(monitor.id, int(time()), 1, receipt=1))
            stored = finished.get(timeout=15)
        assert stored.outcomes == [Outcome.DOWN]
        assert 0 <= stored.lateness[0] < 60
        assert reference.count == 1
    with Session(committed) as session:
        failure = session.scalars(select(CheckFailure)).one()
        assert failure.evidence == {
            "headers": [["Content-Length", "5"]],
            "body": "hello",
            "truncated": False,
        }
