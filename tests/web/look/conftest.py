"""A browser, and the gallery as a site."""

from collections.abc import Iterator

import pytest
from selenium.webdriver import Chrome

from tests.servers.browser import browser
from tests.servers.wsgi import served
from tests.web.look.screen import Screen
from tests.web.look.site import Site


@pytest.fixture(scope="package")
def chrome() -> Iterator[Chrome]:
    with browser() as chrome:
        yield chrome


@pytest.fixture
def site() -> Site:
    return Site()


@pytest.fixture
def reader(chrome: Chrome, site: Site) -> Iterator[Screen]:
    """Let somebody read the site; whatever the browser complained of is a failure, too."""
    chrome.get_log("browser")  # type: ignore[no-untyped-call] # it has no types
    with served(site) as url:
        yield Screen(chrome, url)
        chrome.get("about:blank")
    said = chrome.get_log("browser")  # type: ignore[no-untyped-call] # it has no types
    assert [each["message"] for each in said if "401" not in each["message"]] == []
