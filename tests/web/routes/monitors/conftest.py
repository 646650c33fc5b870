"""Members who may only look, and monitors with a past."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.evaluation.state import State
from models import Monitor, MonitorState, Schedule
from models.session import database_now
from tests.api.machines.callers import join
from tests.web.reader import Reader

Watched = Callable[..., Monitor]


@pytest.fixture
def vic(ada: Reader, app: Flask) -> Reader:
    """Make a member of Ada's organization who may only look."""
    join(ada.api, app, "vic", "viewer")
    return Reader(app).log_in("vic@example.test")


@pytest.fixture
def watched(ada: Reader, session: Session) -> Watched:
    """Make monitors of Ada that are up and have been watched for two days."""

    def make(name: str = "Shop", **values: object) -> Monitor:
        made = ada.api.make_monitor(name=name, **values)
        monitor = session.scalars(select(Monitor).filter_by(public_id=made["id"])).one()
        since = database_now(session) - timedelta(days=2, minutes=1)
        monitor.created_at = since
        state = session.get_one(MonitorState, monitor.id)
        state.state, state.since, state.last_slot = State.UP, since, int(since.timestamp())
        for span in session.scalars(select(Schedule).filter_by(monitor_id=monitor.id)):
            span.from_slot = int(since.timestamp())
        session.commit()
        return monitor

    return make
