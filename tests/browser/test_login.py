"""Logging in on the page of the incidents, out again, and in whose name it asks."""

import pytest
from flask import Flask, request
from selenium.webdriver.common.by import By
from sqlalchemy import Engine

from tests.api.accounts.test_second_factor import switch_on
from tests.api.client import ApiClient
from tests.api.machines.callers import join
from tests.browser.incidents_page import IncidentsPage
from tests.browser.outages import Begin, add_organization
from tests.browser.tokens import refuse_tokens_of_before
from tests.browser.way import PATIENCE_SECONDS, Way

pytestmark = pytest.mark.committed


def test_a_wrong_password_is_refused_in_the_words_of_the_api(page: IncidentsPage) -> None:
    page.open()
    page.log_in(password="wrong, all of it")
    page.see("is wrong.")
    assert page.button("Log in")


def test_a_second_factor_is_asked_for(page: IncidentsPage, owner: ApiClient) -> None:
    authenticator, _ = switch_on(owner)
    page.open()
    page.log_in()
    page.see("code:")
    page.log_in(code=authenticator.code())
    page.see("0 open")


@pytest.mark.abuse(82)
def test_a_browser_that_was_here_shows_a_token_that_has_ended(
    page: IncidentsPage, app: Flask
) -> None:
    shown: list[str | None] = []

    def note() -> None:
        if request.path.endswith("/auth/login"):
            shown.append(request.get_json().get("refresh_token"))

    app.before_request(note)
    page.open()
    page.chrome.execute_script("localStorage.clear()")
    page.come_in()
    page.press("Log out")
    page.wait(lambda: stored_token(page), "a token")
    page.come_in()
    assert shown == [None, stored_token(page)]
    refused = ApiClient(app).post("auth/refresh", {"refresh_token": stored_token(page)})
    assert refused.status_code == 401


def test_a_token_that_is_still_good_is_not_stored(page: IncidentsPage) -> None:
    page.open()
    page.chrome.execute_script("localStorage.clear()")
    page.come_in()
    assert stored_token(page) is None


def stored_token(page: IncidentsPage) -> str | None:
    found: str | None = page.chrome.execute_script("return localStorage.getItem('ended-token')")
    return found


def test_each_organization_of_a_person_is_shown_by_itself(
    page: IncidentsPage, begin: Begin, app: Flask, committed: Engine
) -> None:
    begin("Shop")
    begin("Oven", of=add_organization(app, committed, "Bakery"))
    page.come_in()
    page.see("down Shop")
    assert "Oven" not in page.text()
    page.choose("#organization", "Bakery")
    page.see("down Oven")
    assert "down Shop" not in page.text()
    page.press("Acknowledge")
    page.see("Acknowledged by ada@example.test")


def test_of_organizations_that_are_chosen_one_after_the_other_the_last_is_shown(
    page: IncidentsPage, begin: Begin, app: Flask, committed: Engine, way: Way
) -> None:
    begin("Oven", of=add_organization(app, committed, "Bakery"))
    begin("Cup", of=add_organization(app, committed, "Cafe"))
    page.come_in()
    for path in ("/switch", "/me", "/incidents"):
        with way.held(path) as is_asked:
            page.choose("#organization", "Bakery")
            assert is_asked.wait(PATIENCE_SECONDS)
            page.choose("#organization", "Cafe")
        page.see("down Cup")
        assert "down Oven" not in page.text()


def test_an_organization_is_not_shown_under_the_name_of_another(
    page: IncidentsPage, begin: Begin, app: Flask, committed: Engine, way: Way
) -> None:
    begin("Shop")
    add_organization(app, committed, "Bakery")
    page.come_in()
    page.see("down Shop")
    with way.held("/switch") as is_switched:
        page.choose("#organization", "Bakery")
        assert is_switched.wait(PATIENCE_SECONDS)
        with way.held("/incidents") as is_asked:
            page.look_again()
            page.chrome.find_element(By.ID, "ended").click()
            assert not is_asked.is_set()
    page.see("0 open")
    assert "down Shop" not in page.text()


def wait_for_one_session(page: IncidentsPage, owner: ApiClient) -> None:
    """Wait until the login on the page has ended, and only that of the test's own client is left."""
    page.wait(lambda: len(owner.read("sessions")["items"]) == 1, "the login to end")


def test_loading_the_page_again_ends_the_login(page: IncidentsPage, owner: ApiClient) -> None:
    page.come_in()
    assert len(owner.read("sessions")["items"]) == 2
    page.open()
    wait_for_one_session(page, owner)
    for storage in ("localStorage", "sessionStorage"):
        assert page.chrome.execute_script(f"return {storage}.length") == 0
    assert page.chrome.get_cookies() == []


def test_logging_out_leaves_nothing_on_the_page(page: IncidentsPage, begin: Begin) -> None:
    begin()
    page.come_in()
    page.press("Log out")
    page.wait(lambda: page.button("Log in"), "the form")
    for words in ("Shop", "ada@example.test"):
        assert words not in page.chrome.page_source
    assert page.chrome.title == "Incidents"


def test_an_organization_that_is_switched_to_is_forgotten_by_who_logs_out(
    page: IncidentsPage, begin: Begin, app: Flask, committed: Engine, way: Way
) -> None:
    begin("Oven", of=add_organization(app, committed, "Bakery"))
    page.come_in()
    with way.held("/switch") as is_asked:
        page.choose("#organization", "Bakery")
        assert is_asked.wait(PATIENCE_SECONDS)
        page.press("Log out")
        page.log_in()
        page.see("0 open")
        page.choose("#organization", "Bakery")
        page.see("down Oven")


def test_what_one_asked_for_is_not_done_in_the_name_of_who_logs_in_next(
    page: IncidentsPage, begin: Begin, app: Flask, owner: ApiClient, way: Way
) -> None:
    incident_id = begin()
    join(owner, app, "vic", "operator")
    page.come_in()
    with way.held("/acknowledge") as is_asked:
        page.press("Acknowledge")
        assert is_asked.wait(PATIENCE_SECONDS)
        page.press("Log out")
        page.log_in("vic@example.test")
        page.see("down Shop")
        wait_for_one_session(page, owner)
    page.press("Snooze")
    page.see("Snoozed until")
    timeline = owner.read(f"incidents/{incident_id}")["timeline"]
    assert "acknowledged" not in [each["kind"] for each in timeline]


def test_an_access_token_that_is_too_old_is_renewed_once_for_all_who_ask(
    page: IncidentsPage, begin: Begin, app: Flask
) -> None:
    begin("Shop")
    begin("Mail")
    page.come_in()
    page.see("2 open")
    refuse_tokens_of_before(app)
    page.open_all_timelines()
    page.wait(lambda: page.text().count("opened · Answered 500.") == 2, "both timelines")


def test_a_login_that_was_ended_elsewhere_is_over(page: IncidentsPage, owner: ApiClient) -> None:
    page.come_in()
    for each in owner.read("sessions")["items"]:
        if not each["is_this"]:
            owner.delete(f"sessions/{each['id']}")
    page.look_again()
    page.see("Your session has ended. Log in again.")
    assert page.button("Log in")
