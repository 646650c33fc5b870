"""Whom to notify, edited with a keyboard alone."""

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from selenium.webdriver import Chrome
from selenium.webdriver.common.keys import Keys

from tests.api.client import PASSWORD, ApiClient
from tests.servers.wsgi import served
from tests.web.look.screen import Screen


@pytest.fixture
def people(owner: ApiClient) -> list[str]:
    """Make contacts that can be reached at once."""
    made = []
    for name in ("Ann", "Bob"):
        chat = {"url": f"https://hooks.slack.com/services/{name}"}
        channels = [{"kind": "slack", "settings": chat}]
        made.append(str(owner.make("contacts", name=name, channels=channels)["id"]))
    return made


def log_in(screen: Screen) -> None:
    screen.open("/login")
    screen.find("[name=email]").send_keys("ada@example.test")
    screen.find("[name=password]").send_keys(PASSWORD, Keys.ENTER)
    screen.wait("!document.querySelector('[name=password]')")


def test_a_list_keeps_the_place_of_its_reader_and_enter_saves(
    app: Flask, chrome: Chrome, owner: ApiClient, people: list[str]
) -> None:
    del people
    with served(app) as url:
        screen = Screen(chrome, url)
        log_in(screen)
        screen.open("/on-call/policies/new")
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
        chrome.get("about:blank")
    (policy,) = owner.read("escalation-policies")["items"]
    assert [len(step["targets"]) for step in policy["steps"]] == [1, 1]


def test_an_override_is_made_and_ended(
    app: Flask, chrome: Chrome, owner: ApiClient, people: list[str]
) -> None:
    ann, bob = people
    layer = {
        "contact_ids": [ann],
        "local_start": "2026-01-01T00:00:00",
        "handoff": {"kind": "weekly"},
    }
    made = owner.make("on-call-schedules", name="Night", layers=[layer])["id"]
    until = datetime.now(UTC) + timedelta(hours=30)
    with served(app) as url:
        screen = Screen(chrome, url)
        log_in(screen)
        screen.open(f"/on-call/schedules/{made}")
        screen.find("#f-contact_id").send_keys("Bob")
        # Headless Chromium shows the month first, and moves on by itself.
        screen.find("#f-to").send_keys(until.strftime("%m%d%Y"), Keys.TAB, until.strftime("%I%M%p"))
        screen.find("#f-to").send_keys(Keys.ENTER)
        screen.wait("document.querySelector('.on-duty').textContent.includes('Bob')")
        (override,) = owner.read(f"on-call-schedules/{made}/overrides")["items"]
        assert override["contact_id"] == bob
        screen.find("#overrides td button").send_keys(Keys.ENTER)
        screen.wait("document.querySelector('.on-duty').textContent.includes('Ann')")
        chrome.get("about:blank")
