"""The check log: what checks of all monitors found, narrowed by what the address says."""

from datetime import timedelta

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


def test_the_days_between_two_are_searched_and_no_others(ada: Reader, session: Session) -> None:
    outages.begin(session, ada)
    now = database_now(session)
    partitions.ensure(session, now=now)
    monitor = session.scalars(select(Monitor)).one()
    make.check(session, monitor, int(now.timestamp()) - 90, Outcome.DOWN, detail="Answered 500.")
    session.commit()
    today, past = now.date(), now.date() - timedelta(days=300)
    lately = f"{today - timedelta(days=1)}&to={today + timedelta(days=1)}"
    seen = ada.get(f"/checks?days=between&from={lately}")
    assert "Answered 500." in seen.text
    assert seen.select("input[name='from'][type='date']")
    assert "Answered 500." not in ada.get(f"/checks?days=between&from={past}&to={past}").text
    wrong = {
        f"from={today}&to={past}": "Must be before the end of the period.",
        "from=2026-02-30&to=x": "Give the first and the last day.",
        "from=1990-01-01&to=1990-01-02": "Older history is not kept.",
        f"from={now.date() - timedelta(days=900)}&to={today}": "at most 400 days",
        "from=9999-12-31&to=9999-12-31": "",
    }
    for query, problem in wrong.items():
        found = ada.get(f"/checks?days=between&{query}")
        assert found.status == 200
        assert problem in found.text
