"""The pages while the service is silent, or breaks off in the middle of a word."""

import pytest
from selenium.webdriver import Chrome

from tests.browser.outages import Begin
from tests.browser.site import Site
from tests.browser.way import Way
from tests.servers.wsgi import served

pytestmark = pytest.mark.committed
STALE = "not renewed since"


def test_what_is_shown_says_of_when_it_is_while_the_service_is_silent(
    way: Way, begin: Begin, chrome: Chrome
) -> None:
    begin()
    with served(way) as url:
        page = Site(chrome, url)
        page.open_logged_in()
        page.see("Shop")
        assert STALE not in page.text()
    page.look_again()
    page.see(STALE)
    assert "Shop" in page.text()
    chrome.get("about:blank")


def test_an_answer_that_breaks_off_is_none(page: Site, begin: Begin, way: Way) -> None:
    begin()
    page.open_logged_in("/incidents")
    with way.broken_off("/incidents"):
        page.look_again()
        page.see(STALE)
    assert "Shop" in page.text()
    page.look_again()
    page.miss(STALE)
