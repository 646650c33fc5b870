"""What scripts add: pages that stay true, keys, and nothing lost."""

from typing import Any

from selenium.webdriver.common.keys import Keys

from tests.web.look.gallery import page
from tests.web.look.screen import Screen
from tests.web.look.site import Site

_RENEW = (
    "import(document.querySelector('script[type=module]').src.replace('app.js', 'page/live.js'))"
    ".then(live => live.refresh())"
)


def _row(name: str, *, state: str = "up") -> dict[str, Any]:
    return {
        "id": name,
        "href": f"/monitors/{name}",
        "name": name,
        "state": state,
        "tags": [],
        "until": "12 min",
        "under": "",
        "days": [],
        "uptime": None,
        "points": [],
        "latency": "",
    }


class _List:
    """A list of monitors whose order a test changes."""

    def __init__(self, site: Site) -> None:
        self.names = ["one", "two", "three"]
        site.render = self._render

    def _render(self, query: dict[str, str]) -> str:
        del query
        return page("list", monitors=[_row(each) for each in self.names])


def _shown(reader: Screen) -> list[str]:
    return list(reader.js("return [...document.querySelectorAll('#monitors tr')].map(r => r.id)"))


def _renew(reader: Screen) -> None:
    reader.chrome.execute_async_script(f"const done = arguments[0]; {_RENEW}.then(done)")


def test_a_page_renews_itself_when_polling_says_that_something_changed(
    reader: Screen, site: Site
) -> None:
    shown = _List(site)
    reader.open("/")
    reader.wait("document.documentElement.dataset.link === 'polling'")
    shown.names = ["two", "one"]
    site.version += 1
    reader.wait("document.querySelectorAll('#monitors tr').length === 2")
    assert _shown(reader) == ["m-two", "m-one"]


def test_rows_keep_their_place_while_somebody_is_at_them(reader: Screen, site: Site) -> None:
    shown = _List(site)
    reader.open("/")
    reader.js("document.querySelector('#m-one a').focus()")
    shown.names = ["three", "one", "two"]
    _renew(reader)
    assert _shown(reader) == ["m-one", "m-two", "m-three"]
    assert reader.text(".reorder") == "Show the new order (1)"
    reader.find(".reorder").click()
    assert _shown(reader) == ["m-three", "m-one", "m-two"]


def test_what_is_selected_stays_selected_when_the_page_renews_itself(
    reader: Screen, site: Site
) -> None:
    shown = _List(site)
    reader.open("/")
    reader.find("#m-two [name=id]").click()
    shown.names = ["two", "one", "three"]
    _renew(reader)
    assert reader.find("#m-two [name=id]").is_selected()
    assert reader.text(".bulk-bar output") == "1 selected"


def test_the_palette_opens_finds_and_goes(reader: Screen, site: Site) -> None:
    reader.open("/?part=list")
    reader.chord(Keys.CONTROL, "k")
    reader.press("ord")
    reader.wait("document.querySelectorAll('#hits [role=option]').length === 1")
    reader.press(Keys.ENTER)
    reader.wait("location.pathname === '/found/orders'")
    assert "ord" in site.searches


def test_keys_go_through_rows_select_and_go_to_places(reader: Screen, site: Site) -> None:
    _List(site)
    reader.open("/")
    reader.press("j", "j", "x")
    assert reader.find("#m-two [name=id]").is_selected()
    reader.press("?")
    reader.wait("document.querySelector('#keys[open]')")
    reader.press(Keys.ESCAPE)
    reader.wait("!document.querySelector('#keys[open]')")
    reader.press("g", "i")
    reader.wait("location.pathname === '/incidents'")


def test_keys_do_nothing_while_somebody_types_or_when_they_are_off(reader: Screen) -> None:
    reader.open("/?part=list")
    reader.find("main [data-search]").click()
    reader.press("?")
    assert not reader.js("return document.querySelector('#keys[open]')")
    reader.js("document.activeElement.blur(); document.body.dataset.shortcuts = 'off'")
    reader.press("?")
    assert not reader.js("return document.querySelector('#keys[open]')")


def test_arrows_go_through_days_and_say_what_they_were(reader: Screen) -> None:
    reader.open("/?part=detail")
    reader.js("document.querySelector('.days [aria-current]').focus()")
    reader.press(Keys.ARROW_LEFT)
    assert reader.text(".day-text").startswith("29 Nov")
    reader.press(Keys.HOME)
    assert reader.text(".day-text").startswith("2 Sep")


def test_a_chart_is_drawn_and_its_numbers_can_be_read(reader: Screen) -> None:
    reader.open("/?part=detail")
    reader.wait("document.querySelector('latency-chart canvas')")
    reader.find("latency-chart summary").click()
    assert "181 ms" in reader.text("latency-chart details")


def test_a_form_of_an_ended_session_is_kept_and_sent_after_the_login(
    reader: Screen, site: Site
) -> None:
    site.session_status = 401
    reader.open("/?part=form")
    reader.js("document.querySelector('#f-name').value = 'Typed'")
    reader.js("document.querySelector('.form-acts .primary').click()")
    reader.wait("document.querySelector('#login-again[open]')")
    assert site.posts == []
    site.session_status = 204
    reader.js("window.dispatchEvent(new Event('focus'))")
    reader.wait("!document.querySelector('#login-again[open]')")
    reader.js("document.querySelector('.form-acts .primary').click()")
    reader.wait("document.title === 'Sent'")
    assert site.posts[0]["name"] == ["Typed"]


def test_a_double_click_sends_once(reader: Screen, site: Site) -> None:
    reader.open("/?part=form")
    reader.js("const b = document.querySelector('.form-acts .primary'); b.click(); b.click()")
    reader.wait("document.title === 'Sent'")
    assert len(site.posts) == 1


def test_rows_of_names_and_values_come_and_go(reader: Screen) -> None:
    reader.open("/?part=form")
    reader.js("document.querySelector('key-value [name=more]').click()")
    reader.js("document.querySelector('key-value [data-remove]').click()")
    assert reader.js("return document.querySelectorAll('key-value .pair').length") == 3
    assert reader.js("return document.querySelector('key-value input').value") == "X-Probe"
    reader.js("document.querySelector('form[data-dirty]').removeAttribute('data-dirty')")


def test_a_dangerous_act_asks_first_and_begins_with_cancel(reader: Screen) -> None:
    reader.open("/?part=rest")
    reader.find("confirm-button a").click()
    assert reader.find("#delete-it").is_displayed()
    assert reader.js("return document.activeElement.textContent") == "Cancel"
