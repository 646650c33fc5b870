"""Whom to notify: a list within a form, edited with a keyboard."""

import pytest
from selenium.webdriver.common.keys import Keys

from tests.api.client import ApiClient
from tests.browser.site import Site
from tests.web.look.screen import Screen

pytestmark = pytest.mark.committed


@pytest.fixture
def people(owner: ApiClient) -> None:
    """Make contacts that can be reached at once."""
    for name in ("Ann", "Bob"):
        chat = {"url": f"https://hooks.slack.com/services/{name}"}
        owner.make("contacts", name=name, channels=[{"kind": "slack", "settings": chat}])


def test_a_list_keeps_the_place_of_its_reader_and_enter_saves(
    page: Site, owner: ApiClient, people: None
) -> None:
    del people
    page.open_logged_in("/on-call/policies/new")
    screen = Screen(page.chrome, page.url)
    screen.find("#f-name").send_keys("Urgent")
    screen.find("[name='steps.0.targets.add']").send_keys("Ann")
    screen.find("button[value='add:steps.0.targets']").send_keys(Keys.ENTER)
    screen.wait("document.querySelectorAll('.ordered li').length === 1")
    assert screen.js("return document.activeElement.id") == "f-steps.0.targets"
    screen.find("button[value='add:steps']").send_keys(Keys.ENTER)
    screen.wait("document.querySelectorAll('.step').length === 2")
    screen.find("#f-name").send_keys(Keys.ENTER)
    screen.wait("document.activeElement?.id === 'errors'")
    screen.find("[name='steps.1.targets.add']").send_keys("Bob")
    screen.find("#f-name").send_keys(Keys.ENTER)
    screen.wait("document.querySelector('h1').textContent === 'Urgent'")
    (policy,) = owner.read("escalation-policies")["items"]
    assert [len(step["targets"]) for step in policy["steps"]] == [1, 1]
