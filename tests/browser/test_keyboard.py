"""What people do all day, with a keyboard alone: no key hides the focus, and none traps it."""

from datetime import UTC, datetime, timedelta

import pytest
from selenium.webdriver.common.keys import Keys

from tests.api.client import PASSWORD, ApiClient
from tests.browser.keyboard import Keyboard
from tests.browser.outages import Begin
from tests.browser.site import Site

pytestmark = pytest.mark.committed


@pytest.fixture
def keys(page: Site) -> Keyboard:
    return Keyboard(page)


def test_one_logs_in(page: Site, keys: Keyboard) -> None:
    page.chrome.delete_all_cookies()
    page.open("/incidents")
    keys.type("ada@example.test")
    keys.tab_to("Password")
    keys.type(PASSWORD)
    keys.type(Keys.ENTER)
    page.see("Nothing is down")


def test_a_monitor_is_added(page: Site, keys: Keyboard, owner: ApiClient) -> None:
    page.open_logged_in("/monitors")
    keys.type("n")
    page.see("What do you want to monitor?")
    keys.tab_to("Website or API")
    keys.type(Keys.ENTER)
    page.wait(lambda: page.path() == "/monitors/new/http", "the form")
    keys.tab_to("Name")
    keys.type("Shop")
    keys.tab_to("Address")
    keys.type("https://shop.test/")
    keys.tab_to("What is checked")
    keys.press(Keys.ENTER)
    keys.tab_to("Expected statuses")
    keys.tab_to("Create")
    keys.type(Keys.ENTER)
    page.see("First check at")
    (monitor,) = owner.read("monitors")["items"]
    assert (monitor["name"], monitor["url"]) == ("Shop", "https://shop.test/")


def test_a_monitor_is_found_by_the_palette_and_by_the_search_of_the_list(
    page: Site, keys: Keyboard, owner: ApiClient
) -> None:
    ids = {name: owner.make_monitor(name=name)["id"] for name in ("Shop", "Blog", "Bakery")}
    page.open_logged_in("/incidents")
    keys.chord(Keys.CONTROL, "k")
    keys.type("bak")
    page.wait(lambda: _options(page) == ["Bakery https://shop.test/"], "the one hit")
    keys.type(Keys.ENTER)
    page.wait(lambda: page.path() == f"/monitors/{ids['Bakery']}", "its page")
    keys.type("gm")
    page.wait(lambda: page.path() == "/monitors", "the list")
    keys.press("/")
    keys.type("blo")
    page.miss("Bakery")
    keys.tab_to("Select Blog")
    keys.type(Keys.ENTER)
    page.wait(lambda: page.path() == f"/monitors/{ids['Blog']}", "its page")


def test_the_palette_and_the_help_close_and_leave_the_focus_where_it_was(
    page: Site, keys: Keyboard, owner: ApiClient
) -> None:
    owner.make_monitor(name="Shop")
    page.open_logged_in("/monitors")
    keys.press("j")
    for opens in ((Keys.CONTROL, "k"), ("", "?")):
        keys.chord(*opens) if opens[0] else keys.press(opens[1])
        assert _is_open(page)
        keys.press(Keys.TAB, Keys.TAB)
        assert _is_open(page)
        keys.press(Keys.ESCAPE)
        assert not _is_open(page)
        focus = keys.focus()
        assert focus
        assert focus["name"] == "Shop"


def test_several_monitors_are_changed_at_once(page: Site, keys: Keyboard, owner: ApiClient) -> None:
    for name in ("Shop", "Blog", "Bakery"):
        owner.make_monitor(name=name)
    page.open_logged_in("/monitors")
    keys.press("j", "x", "j", "x")
    page.see("2 selected")
    keys.tab_to("More")
    keys.press(Keys.ENTER)
    keys.tab_to("Interval")
    keys.press(Keys.ESCAPE)
    focus = keys.focus()
    assert focus
    assert focus["name"] == "More"
    keys.press(Keys.ENTER)
    keys.tab_to("Interval")
    keys.type(Keys.ENTER)
    page.wait(lambda: page.path() == "/monitors/bulk", "the question for the interval")
    keys.tab_to("Interval")
    keys.type("300")
    keys.type(Keys.ENTER)
    page.see("2 change")
    keys.tab_to("Change 2 monitors")
    keys.type(Keys.ENTER)
    page.see("All selected monitors were changed.")
    intervals = [each["interval_seconds"] for each in owner.read("monitors")["items"]]
    assert sorted(intervals) == [60, 300, 300]


def test_an_incident_is_acknowledged_from_the_list_and_snoozed_on_its_page(
    page: Site, keys: Keyboard, begin: Begin, owner: ApiClient
) -> None:
    begin("Shop")
    begin("Mail")
    page.open_logged_in("/incidents")
    page.see("Mail")
    keys.press("j")
    focus = keys.focus()
    assert focus
    first = focus["name"]
    keys.type("a")
    page.see("You acknowledged the incident.")
    taken = [each for each in owner.read("incidents")["items"] if each["acknowledged_by"]]
    assert [each["monitor"]["name"] for each in taken] == [first]
    keys.press("j", "j")
    keys.type(Keys.ENTER)
    page.see("Nobody has acknowledged it yet.")
    keys.press("z")
    keys.press(Keys.TAB)
    keys.tab_to("4 h")
    keys.type(Keys.ENTER)
    page.see("Snoozed until")


def test_somebody_else_takes_a_shift(page: Site, keys: Keyboard, owner: ApiClient) -> None:
    ann, bob = (
        owner.make("contacts", name=name, channels=[{"kind": "slack", "settings": {"url": _CHAT}}])[
            "id"
        ]
        for name in ("Ann", "Bob")
    )
    turns = {
        "contact_ids": [ann],
        "local_start": "2026-01-01T00:00:00",
        "handoff": {"kind": "weekly"},
    }
    schedule = owner.make("on-call-schedules", name="Night", layers=[turns])["id"]
    until = datetime.now(UTC) + timedelta(hours=30)
    page.open_logged_in(f"/on-call/schedules/{schedule}")
    keys.tab_to("Who")
    keys.type("Bob")
    keys.tab_to("Until")
    # Headless Chromium shows the month first, and moves on by itself.
    keys.type(until.strftime("%m%d%Y"))
    keys.press(Keys.TAB)
    keys.type(until.strftime("%I%M%p"))
    keys.tab_to("Create override")
    keys.type(Keys.ENTER)
    page.wait(lambda: "Bob" in page.element(".on-duty").text, "Bob on duty")
    (override,) = owner.read(f"on-call-schedules/{schedule}/overrides")["items"]
    assert override["contact_id"] == bob
    keys.tab_to("End now Bob")
    keys.type(Keys.ENTER)
    page.wait(lambda: "Ann" in page.element(".on-duty").text, "Ann on duty")


_CHAT = "https://hooks.slack.com/services/T0/B0/x"


def test_a_maintenance_is_announced(page: Site, keys: Keyboard, owner: ApiClient) -> None:
    owner.make_monitor(name="Shop")
    page.open_logged_in("/maintenance")
    keys.type("n")
    page.see("New maintenance window")
    keys.tab_to("Name")
    keys.type("Move of the database")
    keys.tab_to("Duration")
    keys.type("30")
    keys.tab_to("Unit of Duration")
    keys.press("m")
    keys.tab_to("All monitors")
    keys.press(Keys.SPACE)
    keys.tab_to("Create")
    keys.type(Keys.ENTER)
    page.see("Running")
    (window,) = owner.read("maintenance-windows")["items"]
    assert (window["all_monitors"], window["duration_seconds"]) == (True, 1800)


def test_a_system_subscribes_to_events(page: Site, keys: Keyboard, owner: ApiClient) -> None:
    page.open_logged_in("/settings/events")
    keys.type("n")
    page.wait(lambda: page.path() == "/settings/events/new", "the form")
    keys.tab_to("Name")
    keys.type("Robot")
    keys.tab_to("Address")
    keys.type("https://robot.test/")
    keys.tab_to("everything")
    keys.press(Keys.SPACE)
    keys.tab_to("Create the subscription")
    keys.type(Keys.ENTER)
    page.see("Copy the secret now.")
    keys.tab_to("I have")
    keys.type(Keys.ENTER)
    page.see("Send a test event")
    (subscription,) = owner.read("event-subscriptions")["items"]
    assert subscription["events"] == ["*"]


@pytest.mark.parametrize("path", ["/", "/monitors/new/http"])
def test_tab_goes_through_the_whole_page_and_out_of_it(
    page: Site, keys: Keyboard, begin: Begin, path: str
) -> None:
    begin("Shop")
    page.open_logged_in(path)
    page.chrome.execute_script("document.activeElement.blur()")
    passed = keys.go_around()
    assert passed[0] == "Skip to content"
    assert len(passed) > 20


def _options(page: Site) -> list[str]:
    return [" ".join(each.text.split()) for each in page.elements("#hits [role=option]")]


def _is_open(page: Site) -> bool:
    return bool(page.elements("dialog[open]"))
