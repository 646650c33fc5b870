"""Logging in with the browser, out again, and what is left behind."""

import pytest
from flask import Flask
from sqlalchemy import Engine

from tests.api.accounts.test_second_factor import switch_on
from tests.api.client import ApiClient
from tests.browser.outages import Begin, add_organization
from tests.browser.site import Site

pytestmark = pytest.mark.committed


def test_a_wrong_password_is_refused_and_the_address_stays(page: Site) -> None:
    page.chrome.delete_all_cookies()
    page.open("/incidents")
    page.log_in(password="wrong, all of it")
    page.see("The email address or the password is wrong.")
    assert page.value("email") == "ada@example.test"


def test_a_second_factor_is_asked_for_and_leads_to_the_page(page: Site, owner: ApiClient) -> None:
    authenticator, _ = switch_on(owner)
    page.chrome.delete_all_cookies()
    page.open("/incidents?state=all")
    page.log_in()
    page.see("Enter your code")
    page.fill("code", authenticator.code())
    page.press("Log in")
    page.wait(lambda: page.path() == "/incidents?state=all", "the page that was asked for")


def test_each_organization_of_a_person_is_shown_by_itself(
    page: Site, begin: Begin, app: Flask, committed: Engine
) -> None:
    begin("Oven", of=add_organization(app, committed, "Bakery"))
    begin("Kettle")
    page.open_logged_in("/incidents")
    page.see("Kettle")
    assert "Oven" not in page.text()
    page.chrome.execute_script("document.querySelector('.rail details.org').open = true")
    page.chrome.execute_script(
        "[...document.querySelectorAll('.rail .org button')]"
        ".find((each) => each.textContent.includes('Bakery')).click()"
    )
    page.open("/incidents")
    page.see("Oven")
    assert "Kettle" not in page.text()


@pytest.mark.abuse(64)
def test_who_comes_next_finds_nothing_by_going_back(page: Site, begin: Begin) -> None:
    begin("Shop")
    page.open_logged_in("/incidents")
    page.see("Shop")
    page.chrome.execute_script("document.querySelector('form[action=\"/logout\"]').submit()")
    page.see("You are logged out.")
    page.chrome.back()
    page.see("Log in")
    assert "Answered 500." not in page.chrome.page_source


def test_a_login_that_was_ended_elsewhere_loses_no_note(
    page: Site, begin: Begin, owner: ApiClient
) -> None:
    incident_id = begin()
    page.open_logged_in(f"/incidents/{incident_id}")
    page.fill("note", "It is the disk.")
    for each in owner.read("sessions")["items"]:
        if not each["is_this"]:
            owner.delete(f"sessions/{each['id']}")
    page.press("Acknowledge")
    page.see("Your session has ended")
    page.press("Log in")
    page.chrome.switch_to.window(page.chrome.window_handles[-1])
    page.log_in()
    page.wait(lambda: page.path() == "/", "the first page")
    page.chrome.close()
    page.chrome.switch_to.window(page.chrome.window_handles[0])
    page.press("Acknowledge")
    page.see("ada@example.test takes care of it")
    assert owner.read(f"incidents/{incident_id}")["timeline"][-1]["note"] == "It is the disk."
