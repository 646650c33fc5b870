"""Passkeys with the browser's own authenticator: registered, used alone, and beside the password."""

from collections.abc import Iterator

import pytest
from selenium.webdriver import Chrome
from selenium.webdriver.common.virtual_authenticator import VirtualAuthenticatorOptions
from sqlalchemy import Engine

from config.settings import load
from models.session import api_scope
from tests.api.applications import Applications
from tests.api.client import PASSWORD, ApiClient
from tests.browser.console import complaints, unexpected
from tests.browser.site import Site
from tests.servers.daemon import free_port
from tests.servers.wsgi import served

pytestmark = pytest.mark.committed


@pytest.fixture
def site(committed: Engine, applications: Applications, chrome: Chrome) -> Iterator[Site]:
    """Serve the pages under a host name, because a passkey belongs to one."""
    del committed
    port = free_port()
    url = f"http://localhost:{port}"
    settings = load().model_copy(update={"public_url": url})
    complaints(chrome)
    with applications.serving(settings, api_scope) as app:
        ApiClient(app).register("ada@example.test")
        with served(app, port=port):
            yield Site(chrome, url)
            chrome.get("about:blank")
    assert unexpected(chrome) == []


@pytest.fixture(autouse=True)
def authenticator(chrome: Chrome) -> Iterator[None]:
    """Give the browser an authenticator that verifies its user, as a laptop has."""
    options = VirtualAuthenticatorOptions(
        transport=VirtualAuthenticatorOptions.Transport.INTERNAL,
        has_resident_key=True,
        has_user_verification=True,
        is_user_verified=True,
    )
    chrome.add_virtual_authenticator(options)
    yield
    chrome.remove_virtual_authenticator()


def test_a_passkey_is_registered_and_logs_in_alone_and_as_the_second_factor(site: Site) -> None:
    site.open_logged_in("/settings/passkeys")
    site.fill("name", "Laptop")
    site.fill("current_password", PASSWORD)
    site.press("Continue")
    site.press("Create the passkey")
    site.see("The passkey was added.")
    assert site.element("input[name=name]").get_property("value") == "Laptop"

    site.chrome.delete_all_cookies()
    site.open("/incidents?state=all")
    _press_by_keyboard(site, "Log in with a passkey")
    site.wait(lambda: site.path() == "/incidents?state=all", "the page that was asked for")

    site.chrome.delete_all_cookies()
    site.open("/incidents?state=all")
    site.log_in()
    site.see("Enter your code")
    site.press("Use a passkey")
    site.wait(lambda: site.path() == "/incidents?state=all", "the page that was asked for")


def _press_by_keyboard(site: Site, words: str) -> None:
    button = site.wait(lambda: site.control(words), words)
    assert button
    site.chrome.execute_script("arguments[0].focus()", button)
    site.type("\ue007")
