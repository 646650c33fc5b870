"""The page of the incidents: what it shows, and what its reader decides."""

from datetime import datetime, timedelta

import pytest
from flask import Flask
from selenium.webdriver.common.by import By
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from models import Organization
from models.session import database_now
from tests.api.client import ApiClient
from tests.api.machines.callers import join
from tests.browser.incidents_page import IncidentsPage
from tests.browser.outages import Begin, end, worsen
from tests.factories import monitors as make

pytestmark = pytest.mark.committed


def test_what_is_down_is_shown_until_it_is_over(
    page: IncidentsPage, begin: Begin, committed: Engine
) -> None:
    incident_id = begin()
    page.come_in()
    page.see("1 open")
    assert page.chrome.title == "(1) Incidents"
    for words in ("down Shop", "Answered 500.", ": 12 min.", "Not acknowledged yet."):
        assert words in page.text()
    end(committed, incident_id)
    page.look_again()
    page.see("0 open")
    assert (page.incidents(), page.chrome.title) == ([], "Incidents")
    page.chrome.find_element(By.ID, "ended").click()
    page.see("closed Shop")
    assert page.button("Acknowledge") is None


def test_whoever_acknowledges_is_named_with_a_note_and_can_take_it_back(
    page: IncidentsPage, begin: Begin, owner: ApiClient
) -> None:
    incident_id = begin()
    page.come_in()
    page.write_note("It is the disk.")
    page.press("Acknowledge")
    page.see("Acknowledged by ada@example.test")
    assert page.button("Acknowledge") is None
    shown = owner.read(f"incidents/{incident_id}")
    assert shown["acknowledged_by"] == "ada@example.test"
    assert shown["timeline"][-1]["note"] == "It is the disk."
    assert page.note() == ""
    page.press("Undo")
    page.see("Not acknowledged yet.")
    assert owner.read(f"incidents/{incident_id}")["acknowledged_at"] is None


def test_an_incident_is_snoozed_for_as_long_as_one_chooses(
    page: IncidentsPage, begin: Begin, owner: ApiClient
) -> None:
    incident_id = begin()
    page.come_in()
    page.choose("[name=minutes]", "4 hours")
    page.press("Snooze")
    page.see("Snoozed until")
    shown = owner.read(f"incidents/{incident_id}")
    until, at = (
        datetime.fromisoformat(each)
        for each in (shown["snoozed_until"], shown["timeline"][-1]["at"])
    )
    assert until - at == timedelta(hours=4)


def test_the_timeline_says_what_happened_and_goes_on(
    page: IncidentsPage, begin: Begin, owner: ApiClient
) -> None:
    incident_id = begin()
    page.come_in()
    page.chrome.find_element(By.TAG_NAME, "summary").click()
    page.see("opened · Answered 500.")
    owner.post(f"incidents/{incident_id}/acknowledge", {"note": "Mine."})
    page.look_again()
    page.see("acknowledged by ada@example.test · Mine.")


def test_a_note_that_is_being_written_stays_while_the_page_looks(
    page: IncidentsPage, begin: Begin, owner: ApiClient
) -> None:
    incident_id = begin()
    page.come_in()
    page.write_note("It is")
    owner.post(f"incidents/{incident_id}/snooze", {"minutes": 5})
    begin("Mail")
    page.look_again()
    page.see("down Mail")
    page.see("Snoozed until")
    page.type(" the disk.")
    assert page.note("Shop") == "It is the disk."


def test_a_note_goes_on_to_what_an_incident_becomes(
    page: IncidentsPage, begin: Begin, owner: ApiClient, committed: Engine
) -> None:
    incident_id = begin("Shop")
    begin("Mail")
    page.come_in()
    page.see("2 open")
    page.write_note("It is")
    worse_id = worsen(committed, incident_id)
    page.look_again()
    page.wait(lambda: "Shop" in page.incidents()[0].text, "the one that is new")
    page.type(" the disk.\n")
    page.see("Acknowledged by ada@example.test")
    assert owner.read(f"incidents/{worse_id}")["timeline"][-1]["note"] == "It is the disk."


def test_a_note_stays_while_one_looks_at_what_is_over_too(
    page: IncidentsPage, begin: Begin, committed: Engine
) -> None:
    end(committed, begin("Mail"))
    begin("Shop")
    page.come_in()
    page.write_note("It is the disk.")
    page.chrome.find_element(By.ID, "ended").click()
    page.see("closed Mail")
    assert page.note("Shop") == "It is the disk."


def test_a_note_that_nobody_was_told_stays(
    page: IncidentsPage, begin: Begin, owner: ApiClient, app: Flask
) -> None:
    incident_id = begin()
    join(owner, app, "vic", "operator")
    page.come_in("vic@example.test")
    owner.post(f"incidents/{incident_id}/acknowledge", {})
    page.write_note("It is the disk.")
    page.press("Acknowledge")
    page.see("Acknowledged by ada@example.test")
    assert page.note() == "It is the disk."
    page.press("Undo")
    page.see("Not acknowledged yet.")
    assert page.note() == "It is the disk."


def test_what_is_over_meanwhile_is_said_to_be(
    page: IncidentsPage, begin: Begin, committed: Engine
) -> None:
    incident_id = begin()
    page.come_in()
    end(committed, incident_id)
    page.press("Acknowledge")
    page.see("This incident is over.")


def test_a_viewer_sees_it_and_can_press_nothing(
    page: IncidentsPage, begin: Begin, owner: ApiClient, app: Flask
) -> None:
    begin()
    join(owner, app, "vic", "viewer")
    page.come_in("vic@example.test")
    page.see("down Shop")
    assert [page.button(each) for each in ("Acknowledge", "Snooze")] == [None, None]


@pytest.mark.abuse(68)
def test_markup_of_others_is_text(page: IncidentsPage, begin: Begin, owner: ApiClient) -> None:
    markup = "<img src=x onerror=document.title=1>"
    incident_id = begin(markup)
    owner.post(f"incidents/{incident_id}/acknowledge", {"note": markup})
    page.come_in()
    page.chrome.find_element(By.TAG_NAME, "summary").click()
    page.see(f"· {markup}")
    assert f"down {markup}" in page.text()
    assert page.chrome.find_elements(By.TAG_NAME, "img") == []


def test_long_lists_are_shown_in_parts(page: IncidentsPage, committed: Engine) -> None:
    with Session(committed) as session, session.begin():
        (organization_id,) = session.scalars(select(Organization.id))
        now = database_now(session)
        for number in range(51):
            monitor = make.monitor(session, organization_id, now=now, name=f"Shop {number}")
            make.incident(session, monitor, started_at=now - timedelta(minutes=number))
    page.come_in()
    page.see("50 or more open")
    page.press("Show more")
    page.see("51 open")
    names = [each.find_element(By.CSS_SELECTOR, ".name").text for each in page.incidents()]
    assert names == [f"Shop {number}" for number in range(51)]
    assert page.button("Show more") is None
