"""The check log: what checks of all monitors found, narrowed by what the address says."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.evaluation.outcome import Cause, Outcome
from models import Monitor
from models.session import database_now
from services.operations import partitions
from tests.factories import monitors as make
from tests.web import outages
from tests.web.reader import Reader


def test_the_log_shows_what_failed_and_counts_it(ada: Reader, session: Session) -> None:
    outages.begin(session, ada)
    now = database_now(session)
    partitions.ensure(session, now=now)
    monitor = session.scalars(select(Monitor)).one()
    slot = int(now.timestamp()) - 90
    make.check(session, monitor, slot - 60)
    make.check(session, monitor, slot, Outcome.DOWN, cause=Cause.STATUS, detail="Answered 500 <b>.")
    session.commit()
    seen = ada.get("/checks")
    assert seen.title == "Check log"
    assert "Answered 500 <b>." in seen.text
    assert "<b>." not in seen.response.text
    assert seen.select("latency-chart [aria-label='Checks by hour']")
    assert seen.select("latency-chart .line.s-down"), "a line has the colour of its state"
    assert "No check matches" in ada.get("/checks?q=timeout").text
    everything = ada.get("/checks?outcome=all").text
    assert everything.count("Shop") >= 2


def test_an_unknown_filter_is_left_out_and_a_wrong_cursor_refused(ada: Reader) -> None:
    assert "No check failed in the last 24 hours" in ada.get("/checks?outcome=x&region=moon").text
    assert ada.get("/checks?cursor=abc").status == 422
