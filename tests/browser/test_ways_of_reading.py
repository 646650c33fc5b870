"""The pages of incidents read out, and on a phone."""

import pytest
from flask import Flask
from selenium.webdriver.common.by import By
from sqlalchemy import Engine

from tests.api.client import ApiClient
from tests.browser.outages import Begin, add_organization, end
from tests.browser.site import Site

pytestmark = pytest.mark.committed


def test_who_hears_a_button_hears_of_which_incident_it_is(page: Site, begin: Begin) -> None:
    begin("Shop")
    begin("Mail")
    page.open_logged_in()
    page.see("Mail")
    buttons = page.chrome.find_elements(By.CSS_SELECTOR, "#urgent button")
    assert {each.accessible_name for each in buttons} == {"Acknowledge Shop", "Acknowledge Mail"}


def test_who_takes_care_is_read_out(page: Site, begin: Begin, owner: ApiClient) -> None:
    incident_id = begin("Shop")
    page.open_logged_in(f"/incidents/{incident_id}")
    care = page.chrome.find_element(By.CSS_SELECTOR, "form.decide p")
    assert care.aria_role == "status"
    owner.post(f"incidents/{incident_id}/acknowledge", {})
    page.look_again()
    page.wait(lambda: "ada@example.test has been handling it" in care.text, "the same element")


def test_a_refusal_has_the_focus(page: Site, begin: Begin, committed: Engine) -> None:
    incident_id = begin("Shop")
    with page.on_a_phone():
        page.open_logged_in(f"/incidents/{incident_id}")
        end(committed, incident_id)
        page.press("Acknowledge")
        page.see("This incident has ended.")
        focused = page.chrome.switch_to.active_element
        assert focused.get_attribute("id") == "errors"
        assert page.chrome.execute_script(
            "const { top, bottom } = document.getElementById('errors').getBoundingClientRect();"
            " return top >= 0 && bottom <= innerHeight"
        )


def test_whatever_is_long_fits_on_a_phone(
    page: Site, begin: Begin, app: Flask, committed: Engine, owner: ApiClient
) -> None:
    add_organization(app, committed, "Bakery" * 10)
    incident_id = begin("Shop" * 25)
    owner.post(f"incidents/{incident_id}/acknowledge", {"note": "disk" * 250})
    with page.on_a_phone():
        page.open_logged_in()
        for path in ("/", "/incidents", f"/incidents/{incident_id}", "/deliveries"):
            page.open(path)
            assert page.chrome.execute_script("return document.documentElement.scrollWidth") == 320
