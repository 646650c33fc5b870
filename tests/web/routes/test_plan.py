"""Plan and usage: bars of what is used, and what happens at a limit."""

from datetime import timedelta

from flask import Flask
from sqlalchemy.orm import Session

from config.limits import USUAL
from domain.plans.standing import Standing
from models import Organization
from services.plans import changes
from tests.api.machines.callers import join
from tests.services.outage import NOW
from tests.web.reader import Reader
from web import words


def test_each_limit_has_a_bar_or_a_line_and_a_name(ada: Reader) -> None:
    ada.api.make_monitor()
    page = ada.get("/settings/plan")
    assert page.status == 200
    bar = next(each for each in page.select("#used li") if "Monitors" in each.get_text())
    assert "1 of 10,000" in bar.get_text()
    for name in USUAL:
        assert name in words.limit or name in words.feature or name in words.FEATURES_OF_KINDS


def test_a_member_without_rights_sees_the_plan(app: Flask, ada: Reader) -> None:
    join(ada.api, app, "bob", "viewer")
    assert Reader(app).log_in("bob@example.test").get("/settings/plan").status == 200


def test_an_organization_over_its_limit_is_told_when_monitors_are_paused(
    ada: Reader, session: Session
) -> None:
    row = session.query(Organization).one()
    row.over_limit_since = NOW - timedelta(days=1)
    session.commit()
    assert "Nothing is deleted." in ada.get("/settings/plan").text


def test_without_payment_pages_are_read_and_buttons_are_gone(ada: Reader, session: Session) -> None:
    made = ada.api.make_monitor()
    row = session.query(Organization).one()
    changes.set_standing(session, row.id, Standing.RESTRICTED, now=NOW)
    session.commit()
    assert "settle the invoice" in ada.get("/settings/plan").text
    page = ada.get(f"/monitors/{made['id']}")
    assert page.status == 200
    assert page.select(f"form[action='/monitors/{made['id']}/pause']") == []
    refused = ada.post(f"/monitors/{made['id']}/pause")
    assert refused.status == 402
    changes.set_standing(session, row.id, Standing.SUSPENDED, now=NOW)
    session.commit()
    assert ada.get("/monitors").title == "The organization is suspended"
    assert ada.get("/settings").status == 200
