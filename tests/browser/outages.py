"""What happens to what Ada watches, and where else she belongs to."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from flask import Flask
from sqlalchemy import Engine, func, select, update
from sqlalchemy.orm import Session

from domain.evaluation.state import State
from models import Incident, Monitor, MonitorState, Organization
from models.session import database_now
from services.after_commit import hints
from services.alerting import process as alerting
from tasks.hints import publish_committed
from tests.api.client import ApiClient
from tests.api.machines.callers import join
from tests.factories import monitors as make

Begin = Callable[..., str]
"""Lets something go down, by its name; returns the id of the incident."""


def show(session: Session, monitor_id: int, state: State) -> None:
    """Give a monitor the state that its incident means."""
    row = session.get_one(MonitorState, monitor_id)
    row.state, row.since = state, database_now(session)
    row.last_slot = int(row.since.timestamp())
    row.incident_open = state is State.DOWN


@contextmanager
def seen_at_once(committed: Engine) -> Iterator[Session]:
    """Commit, and let open pages know, as a worker does."""
    with Session(committed) as session:
        with session.begin():
            yield session
        publish_committed(session)


def end(committed: Engine, incident_id: str) -> None:
    with seen_at_once(committed) as session:
        incident = session.scalars(select(Incident).filter_by(public_id=incident_id)).one()
        now = database_now(session)
        make.end(incident, at=now)
        show(session, incident.monitor_id, State.UP)
        alerting.closed(session, incident, now=now)
        hints.note(session, incident.organization_id, "incidents")


def worsen(committed: Engine, incident_id: str) -> str:
    """End one, and begin the one that follows it; return its id."""
    with seen_at_once(committed) as session:
        before = session.scalars(select(Incident).filter_by(public_id=incident_id)).one()
        now = database_now(session)
        make.end(before, at=now)
        monitor = session.get_one(Monitor, before.monitor_id)
        worse = make.incident(session, monitor, started_at=now)
        worse.follows_id = before.id
        alerting.opened(session, worse, now=now)
        hints.note(session, worse.organization_id, "incidents")
        return str(worse.public_id)


def add_organization(app: Flask, committed: Engine, name: str) -> ApiClient:
    """Let somebody else found one that Ada is in, too; return its owner."""
    founder = ApiClient(app).register(f"{name.lower()}@example.test")
    with committed.begin() as connection:
        newest = select(func.max(Organization.id)).scalar_subquery()
        connection.execute(update(Organization).where(Organization.id == newest).values(name=name))
    join(founder, app, "ada", "operator")
    return founder
