"""The same work in a browser that runs no scripts: what they would do has a button, and it is in sight."""

from collections.abc import Iterator

import pytest
from selenium.webdriver.support.select import Select

from tests.api.client import ApiClient
from tests.browser.outages import Begin
from tests.browser.site import Site

pytestmark = pytest.mark.committed


@pytest.fixture
def still(page: Site) -> Iterator[Site]:
    """Give a browser that runs no scripts, before it has seen any page."""
    page.chrome.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    yield page
    page.chrome.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


def test_one_logs_in_finds_a_monitor_and_changes_it(still: Site, owner: ApiClient) -> None:
    for name, kind in {"Shop": "http", "Blog": "http", "Mail": "smtp"}.items():
        owner.make_monitor(name=name, kind=kind, url=f"{kind}://{name.lower()}.test")
    still.chrome.delete_all_cookies()
    still.open("/monitors")
    still.log_in()
    still.see("Mail")
    Select(still.element("select[name=kind]")).select_by_value("http")
    still.press("Show")
    still.miss("Mail")
    still.fill("q", "sho\n")
    still.miss("Blog")
    still.press("Shop")
    still.see("Uptime")
    still.press("Edit")
    still.fill("name", "Bakery")
    still.press("Save")
    still.see("Bakery")
    assert {each["name"] for each in owner.read("monitors")["items"]} == {"Bakery", "Blog", "Mail"}


def test_an_incident_is_acknowledged_and_snoozed(
    still: Site, begin: Begin, owner: ApiClient
) -> None:
    incident_id = begin("Shop")
    still.open_logged_in("/incidents")
    still.press("Shop")
    still.press("Snooze")
    still.press("4 h")
    still.see("Snoozed until")
    still.fill("note", "It is the disk.")
    still.press("Acknowledge")
    still.see("ada@example.test has been handling it")
    assert owner.read(f"incidents/{incident_id}")["timeline"][-1]["note"] == "It is the disk."


def test_a_deletion_asks_on_a_page_of_its_own(still: Site, owner: ApiClient) -> None:
    made = owner.make_monitor(name="Shop")["id"]
    still.open_logged_in(f"/monitors/{made}")
    still.press("Delete")
    still.see("Delete Shop?")
    assert still.path() == f"/monitors/{made}/delete"
