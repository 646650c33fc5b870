"""An outage in the browser: seen, acknowledged, snoozed and over."""

import pytest
from flask import Flask
from sqlalchemy import Engine

from tests.api.client import ApiClient
from tests.api.machines.callers import join
from tests.browser.outages import Begin, end, worsen
from tests.browser.site import Site

pytestmark = pytest.mark.committed


def test_an_outage_is_seen_acknowledged_and_over_without_a_reload(
    page: Site, begin: Begin, committed: Engine
) -> None:
    incident_id = begin("Shop")
    page.open_logged_in()
    page.see("Not acknowledged")
    assert page.chrome.title.startswith("(1) Overview")
    page.press("Acknowledge")
    page.see("You acknowledged the incident.")
    begin("Mail")
    page.see("Mail")
    end(committed, incident_id)
    page.wait(lambda: page.chrome.title.startswith("(1)"), "one that is down")
    page.see("recovered")


def test_whoever_acknowledges_is_named_with_a_note_and_can_take_it_back(
    page: Site, begin: Begin, owner: ApiClient
) -> None:
    incident_id = begin()
    page.open_logged_in(f"/incidents/{incident_id}")
    page.fill("note", "It is the disk.")
    page.press("Acknowledge")
    page.see("ada@example.test has been handling it")
    assert page.control("Acknowledge") is None
    shown = owner.read(f"incidents/{incident_id}")
    assert shown["acknowledged_by"] == "ada@example.test"
    assert shown["timeline"][-1]["note"] == "It is the disk."
    page.press("Undo")
    page.see("Nobody has acknowledged it yet.")
    assert owner.read(f"incidents/{incident_id}")["acknowledged_at"] is None


def test_an_incident_is_snoozed_for_as_long_as_one_chooses(page: Site, begin: Begin) -> None:
    page.open_logged_in(f"/incidents/{begin()}")
    page.press("Snooze")
    page.press("4 h")
    page.see("ada@example.test snoozed it until")


def test_the_timeline_goes_on_while_a_note_is_being_written(
    page: Site, begin: Begin, owner: ApiClient
) -> None:
    incident_id = begin()
    page.open_logged_in(f"/incidents/{incident_id}")
    page.fill("note", "It is")
    owner.post(f"incidents/{incident_id}/snooze", {"minutes": 5, "note": "Asleep."})
    page.look_again()
    page.see("Asleep.")
    page.type(" the disk.")
    assert page.value("note") == "It is the disk."


def test_what_became_worse_leads_to_the_incident_that_followed(
    page: Site, begin: Begin, committed: Engine
) -> None:
    incident_id = begin()
    page.open_logged_in(f"/incidents/{incident_id}")
    worse_id = worsen(committed, incident_id)
    page.look_again()
    page.press("The incident after the severity changed")
    page.wait(lambda: page.path() == f"/incidents/{worse_id}", "the incident that followed")
    assert page.control("Acknowledge")


def test_what_is_over_meanwhile_is_said_to_be_and_the_note_stays(
    page: Site, begin: Begin, committed: Engine
) -> None:
    incident_id = begin()
    page.open_logged_in(f"/incidents/{incident_id}")
    page.fill("note", "It is the disk.")
    end(committed, incident_id)
    page.press("Acknowledge")
    page.see("This incident has ended.")
    assert page.value("note") == "It is the disk."


def test_the_button_is_on_the_first_screen_of_a_phone(page: Site, begin: Begin) -> None:
    """The message links to the incident, so that its second tap acknowledges."""
    incident_id = begin()
    with page.on_a_phone():
        page.open_logged_in(f"/incidents/{incident_id}")
        button = page.control("Acknowledge")
        assert button
        assert button.rect["y"] + button.rect["height"] < 568
        assert button.rect["height"] >= 44
        button.click()
        page.see("has been handling it")


def test_a_viewer_sees_it_and_can_press_nothing(
    page: Site, begin: Begin, owner: ApiClient, app: Flask
) -> None:
    incident_id = begin()
    join(owner, app, "vic", "viewer")
    page.open_logged_in(f"/incidents/{incident_id}", email="vic@example.test")
    page.see("Answered 500.")
    assert [page.control(each) for each in ("Acknowledge", "Snooze")] == [None, None]


@pytest.mark.abuse(68)
def test_markup_of_others_is_text(page: Site, begin: Begin, owner: ApiClient) -> None:
    script = "<img src=x onerror=document.title='taken'>"
    incident_id = begin(script)
    owner.post(f"incidents/{incident_id}/acknowledge", {"note": script})
    page.open_logged_in(f"/incidents/{incident_id}")
    page.look_again()
    page.see(script)
    assert page.chrome.title != "taken"
