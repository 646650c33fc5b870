"""The list of monitors, with a keyboard."""

import pytest
from selenium.webdriver.common.keys import Keys
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from models import Monitor
from tests.api.client import ApiClient
from tests.browser.site import Site
from tests.web.look.screen import Screen
from web.monitors.lists.changes import PORTION

MANY = PORTION * 2 + 1


@pytest.fixture
def many(owner: ApiClient) -> None:
    bulk = [{"name": f"M {number}", "url": "https://shop.test/"} for number in range(MANY)]
    assert owner.post("monitors/bulk", {"mode": "all", "monitors": bulk}).status_code == 201


def test_all_of_a_search_are_paused_from_the_keyboard_in_portions_that_go_on_by_themselves(
    page: Site, many: None, committed: Engine
) -> None:
    del many
    page.open_logged_in("/monitors")
    screen = Screen(page.chrome, page.url)
    screen.open("/monitors")
    screen.press("j", "x")
    screen.wait("document.querySelector('output[data-says]').value === '1 selected'")
    screen.find("input[name=all]").send_keys(Keys.SPACE)
    screen.find("button[value=pause]").send_keys(Keys.ENTER)
    screen.wait("document.querySelector('h1').textContent === 'Pause'")
    assert f"{MANY} change" in screen.text("#changes")
    screen.find("form[action='/monitors/bulk/apply'] button").send_keys(Keys.ENTER)
    screen.wait("document.body.textContent.includes('All selected monitors were changed.')")
    with Session(committed) as session:
        paused = select(func.count()).select_from(Monitor).where(Monitor.paused)
        assert session.scalars(paused).one() == MANY


def test_typing_narrows_the_list_in_place(page: Site, owner: ApiClient) -> None:
    for name in ("Shop", "Blog"):
        owner.make_monitor(name=name, url=f"https://{name.lower()}.test/")
    page.open_logged_in("/monitors")
    screen = Screen(page.chrome, page.url)
    screen.open("/monitors")
    screen.press("/", *"blog")
    screen.wait("document.querySelectorAll('#monitors tr').length === 1")
    assert screen.js("return location.search") == "?q=blog"
    assert screen.js("return document.activeElement.name") == "q"
