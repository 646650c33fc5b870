"""The page of the incidents while the service is silent, or breaks off in the middle of a word."""

import pytest
from flask import Flask
from selenium.webdriver import Chrome

from tests.browser.incidents_page import IncidentsPage
from tests.browser.outages import Begin
from tests.browser.tokens import refuse_tokens_of_before
from tests.browser.way import Way
from tests.servers.wsgi import served

pytestmark = pytest.mark.committed


def test_what_is_shown_says_of_when_it_is_while_the_service_is_silent(
    app: Flask, begin: Begin, chrome: Chrome
) -> None:
    begin()
    with served(app) as url:
        page = IncidentsPage(chrome, url)
        page.come_in()
        page.see("down Shop")
    page.look_again()
    page.see("The service does not respond. Last updated ")
    assert page.read_out() == ["1 open", "The service does not respond."]
    assert "down Shop" in page.text()
    page.press("Acknowledge")
    page.wait(lambda: page.problem() == "The service does not respond.", "the problem")
    chrome.get("about:blank")


def test_an_answer_that_breaks_off_is_none(page: IncidentsPage, begin: Begin, way: Way) -> None:
    begin()
    page.come_in()
    with way.broken_off("/incidents"):
        page.look_again()
        page.see("The service does not respond. Last updated ")
    assert "down Shop" in page.text()
    page.look_again()
    page.miss("The service does not respond.")


def test_a_renewal_that_breaks_off_ends_the_login(
    page: IncidentsPage, begin: Begin, way: Way, app: Flask
) -> None:
    """Its token is used up, and the next one was never read."""
    begin()
    page.come_in()
    refuse_tokens_of_before(app)
    with way.broken_off("/refresh"):
        page.look_again()
        page.see("The service does not respond. Last updated ")
    page.look_again()
    page.see("Your session has ended. Log in again.")
