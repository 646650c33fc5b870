"""From the sign-up to the first recovery in a browser: what somebody sees who tries the service."""

import time
from collections.abc import Iterator

import pytest

from devstack.stack import Stack
from tests.browser.console import unexpected
from tests.browser.site import Site
from tests.e2e.client import Client, credentials, login, mailed_link
from tests.servers.browser import browser
from tests.servers.site import ScriptedSite

pytestmark = pytest.mark.stack

NAME = "Bakery"
_SOON = {"interval_seconds": 5, "timeout_seconds": 4, "recheck_seconds": 1}
_MOST_SECONDS = 60
"""For the first result, which takes some seconds: a busy machine is not a defect."""


@pytest.fixture
def page(stack: Stack) -> Iterator[Site]:
    with browser() as chrome:
        yield Site(chrome, stack.address("api"))
        assert unexpected(chrome) == []


def test_somebody_signs_up_and_sees_the_first_outage_begin_and_end(
    stack: Stack, page: Site, request: pytest.FixtureRequest
) -> None:
    _sign_up(page)
    with ScriptedSite() as site:
        page.fill("address", f"{site.url}/")
        created_at = time.monotonic()
        page.press("Watch it")
        page.see("first check is under way")
        _keep(page)
        page.see("It answered in")
        took = time.monotonic() - created_at
        request.node.user_properties.append(("seconds_until_the_first_result", round(took, 1)))
        assert took < _MOST_SECONDS
        _check_often(stack)
        site.answer = 500
        page.see("Open incidents")
        page.see("500 Internal Server Error")
        assert _is_kept(page)
        page.press("Acknowledge")
        page.see("You acknowledged the incident.")
        _keep(page)
        site.answer = 200
        page.miss("Open incidents")
        page.see("recovered")
        assert _is_kept(page)


def _sign_up(page: Site) -> None:
    owner = credentials(NAME)
    page.open("/register")
    for name, value in {**owner, "organization_name": NAME}.items():
        page.fill(name, value)
    page.press("Create the account")
    page.see("Check your mail")
    page.chrome.get(mailed_link(Client(page.url), owner["email"], "registration"))
    page.fill("password", owner["password"])
    page.press("Confirm")
    page.see("Address to watch")
    # Whoever confirms is logged in; a later visit begins with the login.
    page.chrome.delete_all_cookies()
    page.open()
    page.log_in(**owner)
    page.see("Address to watch")


def _check_often(stack: Stack) -> None:
    """Do not wait for a minute for each check: nobody at a screen would, either."""
    owner = login(stack.address("api"), NAME)
    (monitor,) = owner.all_of("/monitors")
    answer = owner.ask("PATCH", f"/api/v1/monitors/{monitor['id']}", _SOON)
    assert answer.status == 200, answer.body


def _keep(page: Site) -> None:
    """Mark the page that is open, once it gets hints; a page that is loaded anew has no mark."""
    page.wait(lambda: _js(page, "document.documentElement.dataset.link") == "live", "the stream")
    page.chrome.execute_script("window.isKept = true")


def _is_kept(page: Site) -> bool:
    return _js(page, "window.isKept") is True


def _js(page: Site, expression: str) -> object:
    return page.chrome.execute_script(f"return {expression}")
