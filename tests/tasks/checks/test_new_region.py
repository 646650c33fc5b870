"""A worker of a region that nobody knows yet makes it known by itself, and its monitors are checked there."""

import os
import sys
import tempfile
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from time import time

import pytest
from sqlalchemy import Engine, Table, select
from sqlalchemy.orm import Session

from cli.main import main
from devstack.servers.postgres import Postgres
from domain.evaluation.outcome import Outcome
from models import CheckResult, Region
from models.session import make_engine
from services.checks.dispatch import DueCheck
from services.schedules import regions
from tests.devstack.eventually import eventually
from tests.factories.monitors import at, monitor
from tests.factories.organizations import organization
from tests.servers.site import ScriptedSite
from tests.tasks.queue_worker import worker

REGION = "eu-west"
QUEUE = f"q.checks.{REGION}"


@pytest.fixture
def keys(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> str:
    """Make the keys of a worker of the region as an operator does."""
    monkeypatch.setattr(sys, "stdin", StringIO(os.environ["DOWNTIME_MESSAGE_KEYS"]))
    assert main(["keys", "messages", "--for", "checks", "--region", REGION]) == 0
    return capsys.readouterr().out.strip()


@pytest.fixture
def postgres() -> Iterator[Postgres]:
    """Give a server with nothing but the table of regions."""
    with tempfile.TemporaryDirectory(prefix="downtime-test-") as name:
        server = Postgres(Path(name) / "postgres", durable=False)
        engine = make_engine(server.url())
        assert isinstance(Region.__table__, Table)
        Region.__table__.create(engine)
        engine.dispose()
        yield server
        server.stop("immediate")


def known(engine: Engine) -> set[str]:
    with Session(engine) as session:
        return set(regions.names(session).values())


@pytest.mark.usefixtures("celery")
def test_a_worker_of_a_new_region_makes_it_known_and_checks_its_monitors(
    committed: Engine, keys: str, tmp_path: Path
) -> None:
    assert REGION not in known(committed)
    settings = {"DOWNTIME_REGION": REGION}
    with (
        ScriptedSite() as site,
        worker(tmp_path / "worker.log", REGION, keys, queues=[QUEUE], settings=settings),
    ):
        # It has done nothing so far, and it was sent nothing.
        eventually(lambda: REGION in known(committed), seconds=60)
        slot = int(time()) + 600
        with Session(committed, expire_on_commit=False) as session, session.begin():
            shop = organization(session)
            watched = monitor(session, shop.id, now=at(slot), url=site.url, regions=[REGION])
            (region,) = regions.ids(session, [REGION]).values()
        publish(DueCheck(watched.id, slot, 1, REGION))
        eventually(lambda: rows(committed, watched.id), seconds=60)
        assert rows(committed, watched.id) == [(region, slot, Outcome.UP)]


@pytest.mark.usefixtures("celery")
def test_a_worker_comes_up_without_a_database_and_makes_its_region_known_when_that_is_back(
    postgres: Postgres, keys: str, tmp_path: Path
) -> None:
    postgres.stop()
    settings = {"DOWNTIME_REGION": REGION, "DATABASE_URL": postgres.url()}
    # It is ready when the block begins.
    with worker(tmp_path / "worker.log", REGION, keys, queues=[QUEUE], settings=settings) as ready:
        eventually(lambda: "server_stalled" in ready.said(), seconds=60)
        postgres.start()
        engine = make_engine(postgres.url())
        eventually(lambda: known(engine) == {REGION}, seconds=60)
        engine.dispose()


def publish(due: DueCheck) -> None:
    from tasks.worker.publisher import publish as send  # noqa: PLC0415 - the settings exist only now

    send([due])


def rows(engine: Engine, monitor_id: int) -> list[tuple[int, int, Outcome]]:
    columns = (CheckResult.region_id, CheckResult.slot, CheckResult.outcome)
    with Session(engine) as session:
        found = session.execute(select(*columns).where(CheckResult.monitor_id == monitor_id))
        return [(region, slot, outcome) for region, slot, outcome in found]
