"""The page of the incidents by keys alone, read out, and on a phone."""

import pytest
from flask import Flask
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from sqlalchemy import Engine

from tests.api.client import ApiClient
from tests.browser.incidents_page import IncidentsPage
from tests.browser.outages import Begin, add_organization, end
from tests.browser.way import Way

pytestmark = pytest.mark.committed


def test_who_acknowledges_by_keys_stays_where_they_are(page: IncidentsPage, begin: Begin) -> None:
    begin("Mail")
    begin("Shop")
    page.come_in()
    page.write_note("Mine.")
    page.type(Keys.TAB)
    assert page.focused() == "Acknowledge"
    page.type(Keys.ENTER)
    page.see("Acknowledged by ada@example.test")
    assert page.focused() == "down Shop"
    page.type(Keys.TAB)
    page.type("More.")
    assert page.note("Shop") == "More."


def test_who_hears_a_button_hears_of_which_incident_it_is(
    page: IncidentsPage, begin: Begin
) -> None:
    begin("Shop")
    begin("Mail")
    page.come_in()
    page.see("2 open")
    buttons = page.chrome.find_elements(By.CSS_SELECTOR, "article button, article summary")
    heard = {each.accessible_name for each in buttons if each.is_displayed()}
    ways = ("Acknowledge", "Snooze", "Timeline")
    assert heard == {f"{way}: {name}" for way in ways for name in ("Shop", "Mail")}


def test_who_takes_care_is_read_out_once(
    page: IncidentsPage, begin: Begin, owner: ApiClient
) -> None:
    incident_id = begin("Shop")
    page.come_in()
    care = page.chrome.find_element(By.CLASS_NAME, "care")
    assert care.aria_role == "status"
    owner.post(f"incidents/{incident_id}/acknowledge", {})
    page.look_again()
    page.see("Acknowledged by ada@example.test")
    page.chrome.execute_script("window.words = arguments[0].firstChild", care)
    begin("Mail")
    page.look_again()
    page.see("down Mail")
    assert page.chrome.execute_script("return window.words === arguments[0].firstChild", care)


def test_the_enter_key_says_nothing_for_who_takes_care_already(
    page: IncidentsPage, begin: Begin, way: Way
) -> None:
    begin()
    page.come_in()
    page.press("Acknowledge")
    page.see("Acknowledged by")
    # Without an answer, an article is busy with what was sent.
    with way.held("/acknowledge"), way.held("/snooze"):
        page.write_note("More.\n")
        assert page.incidents()[0].get_attribute("aria-busy") == "false"
    assert page.note() == "More."


def test_a_refusal_is_seen_from_the_end_of_the_list(
    page: IncidentsPage, begin: Begin, committed: Engine
) -> None:
    incident_id = begin("Shop")
    for name in ("Mail", "Cart", "Search", "Stock"):
        begin(name)
    with page.on_a_phone():
        page.come_in()
        page.see("5 open")
        end(committed, incident_id)
        page.press("Acknowledge", page.incidents()[-1])
        page.see("This incident is over.")
        top, bottom = page.chrome.execute_script(
            "const { top, bottom } = document.getElementById('problem').getBoundingClientRect();"
            " return [top, bottom - innerHeight]"
        )
    assert top >= 0 > bottom


def test_whatever_is_long_fits_on_a_phone(
    page: IncidentsPage, begin: Begin, app: Flask, committed: Engine, owner: ApiClient
) -> None:
    add_organization(app, committed, "Bakery" * 10)
    incident_id = begin("Shop" * 25)
    owner.post(f"incidents/{incident_id}/acknowledge", {"note": "disk" * 250})
    with page.on_a_phone():
        page.come_in()
        page.open_all_timelines()
        page.see("diskdisk")
        assert page.chrome.execute_script("return document.documentElement.scrollWidth") == 320
