"""Longer words, and those that run from right to left, have room on a phone."""

import pytest
from flask import Flask
from selenium.webdriver import Chrome
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from tests.api.client import ApiClient
from tests.browser.conftest import complaints
from tests.browser.site import Site
from tests.browser.way import Way
from tests.factories.one_of_each import one_of_each
from tests.servers.wsgi import served
from tests.web.paths import paths

pytestmark = pytest.mark.committed

_STICKING_OUT = """
    for (const menu of document.querySelectorAll("main details")) menu.open = true;
    const width = document.documentElement.clientWidth;
    const scrolls = (of) => ["auto", "scroll"].includes(getComputedStyle(of).overflowX);
    const isWithin = (inner) => {
      for (let of = inner.parentElement; of; of = of.parentElement) if (scrolls(of)) return true;
      return inner.closest(".vh, svg, .skip, [popover]") !== null;
    };
    return [...document.querySelectorAll("body *")].filter((each) => {
      const { left, right, height } = each.getBoundingClientRect();
      return height > 0 && (right > width + 1 || left < -1) && !isWithin(each);
    }).map((each) => `${each.localName}.${each.className}: ${each.textContent.trim().slice(0, 40)}`);
"""
"""Nothing is wider than the page, except within what is scrolled by itself."""


@pytest.mark.parametrize("locale", ["de", "qps", "ar-XB"])
def test_every_page_fits_on_a_phone_in_every_language(
    chrome: Chrome, app: Flask, owner: ApiClient, committed: Engine, locale: str
) -> None:
    with Session(committed) as session:
        ids = one_of_each(owner, session)
    found = {}
    with served(Way(app)) as url:
        page = Site(chrome, url)
        with page.on_a_phone():
            page.open_logged_in()
            chrome.add_cookie({"name": "locale", "value": locale})
            for path in paths(app, {**ids, "kind": "http", "scheme": "oauth2"}):
                page.open(path)
                found[path] = chrome.execute_script(_STICKING_OUT)
            chrome.delete_all_cookies()
    chrome.get("about:blank")
    complaints(chrome)
    assert [f"{path}: {part}" for path, parts in found.items() for part in parts] == []
